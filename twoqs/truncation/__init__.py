"""What the method leaves out: twins of a model that are small enough for the master equation."""
