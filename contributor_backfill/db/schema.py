"""The schema of a database that the tool's tables and functions live in. Pure.

The SQL in the files says `public`. For another schema it is written anew as it is loaded: every
name is qualified and every function pins its `search_path`, so nothing is left to the session.
"""

import re

from contributor_backfill.domain.errors import NotConfigured

PUBLIC = "public"
"""Where contributor.info's own tables are."""
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,62}")
_TAKEN = re.compile(
    r"pg_.*|information_schema|auth|cron|extensions|graphql|graphql_public|net|pgbouncer|pgsodium"
    r"|realtime|storage|supabase_functions|supabase_migrations|vault"
)
_AS_IDENTIFIER = re.compile(
    r"\bpublic(?=\.[\w%'])"  # public.comments, 'public.%I', 'public.' || name
    r"|(?<=')public(?='::regnamespace)"
    r"|(?<=search_path = )public(?=, pg_temp)"
    r"|(?<=\bon schema )public\b"
)
_AS_TEXT = re.compile(r"(?<=table_schema = ')public(?=')")


def checked_schema(name: str) -> str:
    """Return a schema's name, if it can be one. Raises `NotConfigured`."""
    if not _NAME.fullmatch(name):
        raise NotConfigured(
            f"{name!r} is no name for a schema.",
            advice="Use up to 63 letters, digits, _ and -, beginning with a letter or _.",
        )
    if _TAKEN.fullmatch(name.lower()):
        raise NotConfigured(
            f"The schema {name} belongs to Postgres or to Supabase.",
            advice="Choose another name, such as contributor_backfill.",
        )
    return name


def in_schema(text: str, schema: str) -> str:
    """Return SQL of ours for a schema; for `public` it is as it stands in the files."""
    if schema == PUBLIC:
        return text
    # Catalog queries compare the name as a text, everything else uses it as a name.
    return _AS_TEXT.sub(schema, _AS_IDENTIFIER.sub(f'"{schema}"', text))


def begun_in(schema: str) -> str:
    """Return the SQL that makes a schema, where the session looks for what is not qualified."""
    if schema == PUBLIC:
        return ""
    return (
        f'create schema if not exists "{schema}";\nset local search_path = "{schema}", pg_temp;\n'
    )
