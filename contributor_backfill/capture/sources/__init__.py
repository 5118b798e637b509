"""What is captured: one file for each source, and what several of them share."""
