# <% include "tests/strategy/" ~ cookiecutter.strategy ~ ".py" %>
