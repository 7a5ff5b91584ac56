"""Pairs of builds for the cache detective, played on both engines: their tapes tell the same."""
