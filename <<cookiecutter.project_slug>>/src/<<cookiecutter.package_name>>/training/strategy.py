# <% include "strategy/" ~ cookiecutter.strategy ~ ".py" %>
