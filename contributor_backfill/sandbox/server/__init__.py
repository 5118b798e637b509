"""The server of the sandbox: HTTP, limits, faults, and its control."""
