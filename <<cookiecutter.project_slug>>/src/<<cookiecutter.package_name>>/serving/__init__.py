"""The pushed model, asked."""
