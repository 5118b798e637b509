"""What each panel of the page says of the snapshot."""
