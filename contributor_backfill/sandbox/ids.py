"""The sandbox's ids, in ranges that GitHub does not use.

Every table is keyed by GitHub's id. So what was captured from the sandbox by mistake stands beside
real rows and is never written over them.

| ids of                                  | from          | why GitHub is not there             |
|-----------------------------------------|---------------|-------------------------------------|
| users, bots, organizations              | 2,000,000,000 | about 250 million in 17 years       |
| repositories, and their owner           | 2,147,000,000 | the last 483,648 of an `Int`: before|
|                                         |               | it gets here GitHub must give it up |
| pull requests, reviews, comments,       | 4 * 10^15     | the largest are of Actions' jobs,   |
| issues, labels, workflows, runs, jobs   |               | some 10^11                          |

Two things limit the choice. GraphQL's `databaseId` of accounts and repositories is an `Int` of 32
bits. And websites read ids in JavaScript, which keeps whole numbers up to 2^53: at
`BETWEEN_REPOSITORIES` ids each, 100,000 repositories end below it. The columns `github_id` are all
`bigint` and hold either. GitHub counts each kind for itself, so a review may have a comment's id.

Node ids are made from these. After the type's prefix they begin with an A, a zero byte in base64,
where GitHub's go on with the `kw` of packed numbers: none is GitHub's. Only the ghost, for deleted
accounts, has the id that it has on GitHub, because it is the same account.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from struct import Struct

Key = tuple[str, int]
"""The sort value and the database id of an item."""

FIRST_ACCOUNT = 2_000_000_000
FIRST_REPOSITORY = 2_147_000_000
FIRST_ITEM = 4 * 10**15
BETWEEN_REPOSITORIES = 5 * 10**10


def item_base(repository_id: int) -> int:
    """Return the first id of all that is in a repository."""
    return FIRST_ITEM + (repository_id - FIRST_REPOSITORY) * BETWEEN_REPOSITORIES


_NUMBERS = Struct(">QQQ")


@dataclass(frozen=True, slots=True)
class NodeId:
    """The parts of a node id. `number` is the pull request's and 0 where there is none."""

    prefix: str
    repository_id: int
    number: int
    database_id: int


def node_id_of(prefix: str, repository_id: int, number: int = 0, database_id: int = 0) -> str:
    """Return the node id of a thing."""
    packed = _NUMBERS.pack(repository_id, number, database_id)
    return f"{prefix}_{urlsafe_b64encode(packed).decode()}"


def parse_node_id(node_id: str) -> NodeId | None:
    """Return what `node_id` says, or None for an id that this sandbox never gave out."""
    prefix, _, packed = node_id.partition("_")
    try:
        numbers = _NUMBERS.unpack(urlsafe_b64decode(packed))
    except Exception:  # noqa: BLE001  # any malformed text is an unknown id, whatever broke
        return None
    return NodeId(prefix, *numbers)
