"""Inventing pull requests that look like real ones."""
