"""Container engines behind one port. Knows no Django, no database and no socket."""
