"""GraphQL as GitHub serves it."""
