"""What a real Docker Engine answered, and that the embedded engine answers the same."""
