"""Forecasts: worlds, what they are off by, and how that goes on; kept on file, and scored later."""
