"""What happened, row by row with sources, and what a run says of the same."""
