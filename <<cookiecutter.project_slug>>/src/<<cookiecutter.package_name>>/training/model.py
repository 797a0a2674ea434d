# <% include "model/" ~ cookiecutter.model_api ~ ".py" %>
