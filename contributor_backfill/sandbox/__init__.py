"""A local GitHub that executes the real queries, for demos, tests and rehearsals."""
