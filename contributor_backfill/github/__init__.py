"""All that is known about GitHub: requests, responses, faults and records."""
