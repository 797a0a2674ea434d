# <% include "signatures/" ~ cookiecutter.__trainer ~ ".py" %>
