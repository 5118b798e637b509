"""What a query means: the graph over the world, its prices and its errors."""
