# <% include "encoding/" ~ cookiecutter.__network ~ "_" ~ cookiecutter.transform ~ ".py" %>
