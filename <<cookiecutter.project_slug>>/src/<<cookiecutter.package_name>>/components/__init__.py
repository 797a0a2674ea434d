"""Components of TFX that are implemented here, and what tells of an edit of them."""
