"""The report on all of that: docs/validation.md."""
