"""Capture the pull-request history of GitHub repositories into Supabase, a piece at a time."""
