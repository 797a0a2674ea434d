# <% include "preprocessing/" ~ cookiecutter.transform ~ ".py" %>
