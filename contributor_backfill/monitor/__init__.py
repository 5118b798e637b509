"""Saying how it stands: status values and their renderings."""
