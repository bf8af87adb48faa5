"""From a model and settings to raw sums and a dataset."""
