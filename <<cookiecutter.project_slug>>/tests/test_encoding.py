# <% include "tests/encoding/" ~ cookiecutter.__network ~ ".py" %>
