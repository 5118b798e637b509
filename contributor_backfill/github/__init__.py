"""All that is known about GitHub: requests, answers, faults and records."""
