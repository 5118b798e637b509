"""What every sender of HTTP has in common: how long it waits, how much it reads, which way."""
