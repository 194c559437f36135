"""What happened, what a run predicts of it, and how far the two are apart."""
