"""X-ray: what layers hold, what each does to those below it, and what of it is only weight."""
