"""Real lists of pull requests, in and out."""
