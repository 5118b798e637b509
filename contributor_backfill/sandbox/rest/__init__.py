"""REST as GitHub serves it."""
