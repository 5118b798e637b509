"""HTTP for every sender: limits of time and size, proxies, certificates."""
