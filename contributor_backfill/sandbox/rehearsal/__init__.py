"""A rehearsal: the real code captures a whole fleet on a moved clock."""
