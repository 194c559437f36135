"""Which dials agree with what happened: emulate, weigh, draw, keep."""
