"""The command line by subject: what can be asked for, and how each command ends."""

FINE, FAULT, BAD_INPUT, PARTIAL, INTERRUPTED = 0, 1, 2, 3, 130  # exit status
