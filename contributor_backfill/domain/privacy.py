"""Who can read what is stored, and what that means for a private repository."""

from dataclasses import dataclass

SHOWN = 6
"""Tables and views that are named in a sentence."""


@dataclass(frozen=True)
class Reader:
    """A role that can read rows of a table or view of the database, and by what."""

    relation: str
    role: str
    by: str


@dataclass(frozen=True)
class Private:
    """A private repository of which something is stored; what was captured outlives `untrack`."""

    full_name: str
    may_be_published: bool
    is_tracked: bool


@dataclass(frozen=True)
class Exposure:
    """Who can read, besides the service role, and which private repositories are stored.

    `may_be_published` says of the repository that was asked about whether somebody meant it.
    """

    readers: tuple[Reader, ...]
    may_be_published: bool
    private: tuple[Private, ...] = ()

    @property
    def who(self) -> str:
        """The roles that can read, in words."""
        return " and ".join(sorted({reader.role for reader in self.readers}))

    @property
    def what(self) -> str:
        """What they can read, in words."""
        relations = sorted({reader.relation for reader in self.readers})
        more = f" and {len(relations) - SHOWN} more" if len(relations) > SHOWN else ""
        return f"{', '.join(relations[:SHOWN])}{more}"

    @property
    def reasons(self) -> str:
        """By what they can read each, in words."""
        found = sorted({f"{reader.relation}: {reader.by}" for reader in self.readers})
        more = f"; and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
        return f"{'; '.join(found[:SHOWN])}{more}"
