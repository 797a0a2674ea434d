"""How the program talks to its user: options, logs, errors in words."""
