# <% include "trainer/" ~ cookiecutter.__trainer ~ ".py" %>
