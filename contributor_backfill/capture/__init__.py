"""The units of work: claim, fetch, commit."""
