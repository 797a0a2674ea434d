"""Files of data: dialects, a first look, rows as tf.Examples. Columns come as arguments."""
