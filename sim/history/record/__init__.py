"""What happened, row by row with sources, and what a run predicts of the same."""
