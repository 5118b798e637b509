"""Pull requests, reviews and comments: what they hold, how they are served, how they change."""
