"""Where they meet: tokens, compute, chips, data and capital."""
