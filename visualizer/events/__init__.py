"""The tape's vocabulary. Pure: it knows no engine, no database and no socket."""
