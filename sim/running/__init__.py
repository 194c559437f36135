"""Many worlds, in blocks, on any executor."""
