"""Recordings: a tape as a file of its own, to be played anywhere. Pure: files in, events out."""
