"""Which issues and pull requests a query string asks for, newest first."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from contributor_backfill.sandbox.issues.records import Issue
from contributor_backfill.sandbox.pull_requests.records import PullRequest
from contributor_backfill.sandbox.repositories.records import Repository
from contributor_backfill.sandbox.rest.documents import RestWriter

Thread = Issue | PullRequest
_STATES = {"open": {"OPEN"}, "closed": {"CLOSED", "MERGED"}}


@dataclass(frozen=True, slots=True)
class ThreadFilters:
    """The filters of a query string. All labels must be there; no states mean every state."""

    states: frozenset[str]
    labels: frozenset[str]
    creator: str

    @classmethod
    def of(cls, parameters: Mapping[str, str]) -> "ThreadFilters":
        """Return what the parameters ask for, by default what is open."""
        labels = (each.strip().lower() for each in parameters.get("labels", "").split(","))
        state = parameters.get("state", "open")
        return cls(
            states=frozenset() if state == "all" else frozenset(_STATES.get(state, {"OPEN"})),
            labels=frozenset(each for each in labels if each),
            creator=parameters.get("creator", "").lower(),
        )

    def select(self, writer: RestWriter) -> list[Thread]:
        """Return the issues and pull requests of a repository that are asked for."""
        found = [
            thread
            for thread in self._in_state(writer.repository)
            if self.labels <= {name.lower() for name in thread.labels}
            and self.creator in ("", self._login(writer, thread))
        ]
        return sorted(found, key=lambda each: (each.created_at, each.number), reverse=True)

    def _in_state(self, repository: Repository) -> Iterator[Thread]:
        """Yield what is in one of the states; issues that are switched off are not there."""
        if repository.issues.enabled:
            for issue in repository.all_issues():
                if not self.states or issue.state in self.states:
                    yield issue
        for number in repository.order("CREATED_AT", self.states).numbers:
            pull_request = repository.pull_request(number)
            if pull_request is not None:
                yield pull_request

    def _login(self, writer: RestWriter, thread: Thread) -> str:
        user = writer.user(thread.author_id)
        return user["login"].lower() if user else ""
