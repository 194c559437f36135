"""What a run leaves: arrays, tables, files. Knows nothing of the model."""
