# <% include "features/" ~ cookiecutter.example ~ ".py" %>
