"""What strangers try on a private engine, what it comes to, and what is left after it."""
