"""Reports: one snapshot of figures, for a terminal, as Markdown and as a page."""
