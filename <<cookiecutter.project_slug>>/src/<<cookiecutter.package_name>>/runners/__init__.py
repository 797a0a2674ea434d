"""How the pipeline is run: a module for each engine; steps.py and nodes.py are what they share."""
