"""Accounts: what they hold, how they are invented, how they change."""
