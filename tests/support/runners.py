"""The variables and files that the Actions runner gives a step."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Runner:
    """A step of a job, and what it leaves behind."""

    directory: Path
    run_id: int = 77
    event: str = "schedule"
    job: str = "capture"
    workflow: str = "progressive-backfill.yml"

    @property
    def variables(self) -> dict[str, str]:
        for file in (self._outputs, self._summary):
            file.touch()
        return {
            "GITHUB_ACTIONS": "true",
            "GITHUB_REPOSITORY": "me/site",
            "GITHUB_WORKFLOW_REF": f"me/site/.github/workflows/{self.workflow}@main",
            "GITHUB_RUN_ID": str(self.run_id),
            "GITHUB_RUN_ATTEMPT": "1",
            "GITHUB_JOB": self.job,
            "GITHUB_EVENT_NAME": self.event,
            "GITHUB_REF_NAME": "main",
            "RUNNER_NAME": "GitHub Actions 12",
            "GITHUB_OUTPUT": str(self._outputs),
            "GITHUB_STEP_SUMMARY": str(self._summary),
        }

    @property
    def summary(self) -> str:
        """Return the text that is shown on the run's page."""
        return self._summary.read_text(encoding="utf-8")

    @property
    def outputs(self) -> dict[str, str]:
        """The step's outputs, the later ones over the earlier."""
        found: dict[str, str] = {}
        lines = iter(self._outputs.read_text(encoding="utf-8").splitlines())
        for line in lines:
            name, _, delimiter = line.partition("<<")
            value: list[str] = []
            for part in lines:
                if part == delimiter:
                    break
                value.append(part)
            found[name] = "\n".join(value)
        return found

    @property
    def _outputs(self) -> Path:
        return self.directory / "output"

    @property
    def _summary(self) -> Path:
        return self.directory / "summary.md"
