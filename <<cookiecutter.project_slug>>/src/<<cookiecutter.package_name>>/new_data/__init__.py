"""How another data set becomes the project's: its schema, and settings that fit it."""
