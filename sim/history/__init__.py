"""What happened, what a run says of it, and how far the two are apart."""
