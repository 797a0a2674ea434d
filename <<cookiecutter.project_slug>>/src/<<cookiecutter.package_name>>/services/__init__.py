"""What runs elsewhere: Beam's engines, the database of ML Metadata, whether a server answers."""
