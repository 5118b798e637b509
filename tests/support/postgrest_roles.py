"""The roles of a Supabase project, made in a test's own Postgres."""

import psycopg
from psycopg.conninfo import make_conninfo

ROLES = """
do $$
begin
    if not exists (select from pg_roles where rolname = 'anon') then
        create role anon nologin noinherit;
    end if;
    if not exists (select from pg_roles where rolname = 'authenticated') then
        create role authenticated nologin noinherit;
    end if;
    if not exists (select from pg_roles where rolname = 'service_role') then
        create role service_role nologin noinherit bypassrls;
    end if;
    if not exists (select from pg_roles where rolname = 'authenticator') then
        create role authenticator login noinherit;
    end if;
    if not pg_has_role('authenticator', 'service_role', 'member') then
        grant anon, authenticated, service_role to authenticator;
    end if;
    if not exists (select from pg_db_role_setting where setrole = 'authenticator'::regrole) then
        alter role authenticator set statement_timeout = '8s';
    end if;
    if not has_schema_privilege('service_role', 'public', 'usage') then
        grant usage on schema public to anon, authenticated, service_role;
    end if;
end
$$
"""


def make_roles(conninfo: str) -> None:
    """Make what is missing of the roles, their memberships and the timeout of 8 seconds.

    Source: Supabase documentation, "Postgres Roles" and "Timeouts".
    """
    with psycopg.connect(conninfo, autocommit=True) as connection:
        connection.execute(ROLES)


def as_authenticator(conninfo: str) -> str:
    """Return `conninfo` for the login that PostgREST uses."""
    return make_conninfo(conninfo, user="authenticator")
