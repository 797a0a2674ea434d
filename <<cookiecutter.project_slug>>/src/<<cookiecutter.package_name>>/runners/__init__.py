"""How the pipeline is run: a module for each engine, and what they share."""
