"""The checks of `scripts/test`: which there are, how each is run, and how they are counted."""
