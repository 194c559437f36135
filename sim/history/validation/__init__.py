"""What the shipped calibrations predict, of unseen years too, written up as docs/validation.md."""
