"""All that is known about Postgres: the gateway, its transports and the schema."""

import logging

# What goes wrong is raised. Beside that, psycopg logs what it ignores while it ends a broken
# pipeline or transaction, with host and user, and Python writes that to stderr if nobody listens.
logging.getLogger("psycopg").addHandler(logging.NullHandler())
