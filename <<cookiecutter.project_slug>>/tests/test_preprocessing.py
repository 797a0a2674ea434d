# <% include "tests/preprocessing/" ~ cookiecutter.transform ~ ".py" %>
