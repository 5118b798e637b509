"""Capture the pull-request history of GitHub repositories into Supabase, a piece at a time."""

VERSION = "0.2.0"
"""Of the package; `pyproject.toml` says the same."""
