# <% include "special/" ~ cookiecutter.__features ~ ".py" %>
