# <% include "tests/model/" ~ cookiecutter.__trainer ~ ".py" %>
