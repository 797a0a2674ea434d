# <% include "model_spec/" ~ cookiecutter.model_api ~ ".py" %>
