"""Keeping it healthy: taking repositories in and checking prerequisites."""
