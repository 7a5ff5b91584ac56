"""What people type: `run`, `test` and `bench`, on nothing but Python's standard library."""
