"""Labs: commands, the actions that carry them out, the runner, the journal."""
