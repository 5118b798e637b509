"""What a client meets: HTTP, limits, faults and the sandbox's own endpoints."""
