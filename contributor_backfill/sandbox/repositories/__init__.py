"""Repositories: what they hold, how they are served, how they change."""
