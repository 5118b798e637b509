"""What a database says to whoever may not come in: tried again, it only bans the address. Pure.

libpq gives no SQLSTATE for a connection that was refused, only the server's words. They are
Postgres's own, and those of Supabase's pooler (Supavisor).
"""

DASHBOARD = "Copy it anew from the project's dashboard, under Connect."
POOLER = "aws-0-REGION.pooler.supabase.com:6543"
# Words of the server, what they mean, and what to do. The user's name is in some of them.
REFUSALS = (
    (
        "password authentication failed",
        "does not accept the user and password of DATABASE_URL (28P01)",
        "Correct the password; Supabase bans an address after a few wrong ones.",
    ),
    (
        "tenant or user not found",
        "knows no such project or user",
        f"At Supabase's pooler the user is postgres.PROJECT and the host {POOLER}; {DASHBOARD}",
    ),
    (
        "authentication errors",
        "refuses this address for a while, after too many wrong passwords",
        "Correct DATABASE_URL first, and try again in half an hour.",
    ),
    (
        "no password supplied",
        "asks for a password, and DATABASE_URL has none",
        "Write it into DATABASE_URL, or set PGPASSWORD.",
    ),
    ("no pg_hba.conf entry", "lets this user in from nowhere (28000)", "Ask who runs it."),
    ("authentication failed", "does not accept the user of DATABASE_URL (28000)", DASHBOARD),
    ("is not permitted to log in", "does not let this user in (28000)", "Use another user."),
    (
        "does not support ssl",
        "offers no TLS, without which the password would go unprotected",
        "Turn TLS on there, or connect through a tunnel to this machine.",
    ),
    ("certificate", "shows a certificate that is not accepted", "Check sslmode and sslrootcert."),
)


def refusal(words: str) -> tuple[str, str] | None:
    """Return what a refusal means and what to do; null for what may pass by itself."""
    said = words.lower()
    if said.rstrip('."').endswith("does not exist") and ("role " in said or "database " in said):
        return "knows no such user or database", "Correct DATABASE_URL."
    found = ((means, advice) for mark, means, advice in REFUSALS if mark in said)
    return next(found, None)


def pooler_advice(project: str | None) -> str:
    """Return the way to a project whose direct host does not answer; empty for other hosts."""
    if project is None:
        return ""
    return (
        "Supabase's direct host has IPv6 alone, and GitHub Actions has none: use the pooler's"
        f" address from the dashboard, such as postgresql://postgres.{project}:PASSWORD@{POOLER}"
        "/postgres."
    )
