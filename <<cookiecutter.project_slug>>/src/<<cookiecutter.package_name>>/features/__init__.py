"""What a column becomes, the same in training and in serving: all that Transform runs."""
