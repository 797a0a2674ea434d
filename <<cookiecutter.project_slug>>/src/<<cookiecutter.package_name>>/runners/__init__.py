"""How the pipeline is run: one module for each engine; what they share is in nodes.py."""
