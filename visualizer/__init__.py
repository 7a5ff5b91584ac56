"""Layercake: containers, seen layer by layer."""
