"""All that is known about Postgres: the gateway, its transports and the schema."""
