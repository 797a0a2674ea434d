# <% include "features/" ~ cookiecutter.__features ~ ".py" %>
