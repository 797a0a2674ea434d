"""What the Trainer runs: the model, its input, its export."""
