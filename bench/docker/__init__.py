"""How fast the site is on a real Docker Engine, against the engine alone, in one run."""
