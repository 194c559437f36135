"""The command line by subject: what can be asked for, and how each command ends."""

FINE, BAD_INPUT, PARTIAL, INTERRUPTED = 0, 2, 3, 130  # exit status
