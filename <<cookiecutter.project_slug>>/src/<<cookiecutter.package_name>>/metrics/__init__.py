"""What the Evaluator measures: summaries of the rows, figures made of them, and their names."""

# So many rows of the eval split must tell whether a model is better than guessing.
TELLING_ROWS = 10
