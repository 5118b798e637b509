"""Workflows, their runs and jobs: what they hold, how they are served, how they change."""
