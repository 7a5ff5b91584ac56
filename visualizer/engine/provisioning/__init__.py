"""What an engine needs before labs can use it: programs on the machine, base images in the engine.

Standard library only: `scripts/` uses it before anything is installed.
"""
