"""A run of a workflow: its jobs in their order, each on a machine of its own."""

import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.workflows.expressions import Expressions, Status
from tests.workflows.machine import Machine
from tests.workflows.settings import Setting
from tests.workflows.stand_ins import StandIns
from tests.workflows.steps import Document, StepResult, Steps


@dataclass(frozen=True)
class JobResult:
    """The end of one job, or of one entry of its matrix."""

    name: str
    runs_on: Any
    result: str
    outputs: Mapping[str, str]
    steps: tuple[StepResult, ...]

    def step(self, name: str) -> StepResult:
        """Return the step of a name."""
        (found,) = (step for step in self.steps if step.name == name)
        return found


@dataclass
class WorkflowRun:
    """Run a workflow. `jobs` are the results; one that was skipped has none.

    `permit` is told the token of each job and its permissions.
    """

    expressions: Expressions
    directory: Path
    setting: Setting
    stand_ins: StandIns = field(default_factory=StandIns)
    watch: Callable[[subprocess.Popen[bytes], str], None] = lambda _process, _script: None
    permit: Callable[[str, Mapping[str, str]], None] = lambda _token, _permissions: None
    executed: set[str] = field(default_factory=set)
    jobs: dict[str, list[JobResult]] = field(default_factory=dict)
    title: str = ""
    group: str = ""

    def run(self) -> "WorkflowRun":
        """Run all jobs."""
        workflow = self.expressions.read(self.setting.file)
        setting = self.setting
        context: dict[str, Any] = {
            "github": setting.github,
            "inputs": setting.given(workflow["on"]),
            "vars": dict(setting.variables),
        }
        self.title = str(self.expressions.value(workflow.get("run-name", ""), context))
        self.group = str(self.expressions.value(workflow["concurrency"]["group"], context))
        needed: dict[str, Any] = {}
        for key, job in workflow["jobs"].items():
            names = job.get("needs", [])
            needs = {name: needed[name] for name in ([names] if isinstance(names, str) else names)}
            results = self._job(key, job, {**context, "needs": needs})
            self.jobs[key] = results
            needed[key] = _together(results)
        return self

    def only(self, key: str) -> JobResult:
        """Return the job of a key, which has no matrix or one of one entry."""
        (found,) = self.jobs[key]
        return found

    def _job(self, key: str, job: Document, context: Document) -> list[JobResult]:
        went_well = all(need["result"] == "success" for need in context["needs"].values())
        status: Status = "success" if went_well else "failure"
        if not self.expressions.condition(str(job.get("if", "true")), context, status):
            return []
        strategy = self.expressions.value(job.get("strategy", {}), context)
        entries = strategy.get("matrix", {}).get("include", [{}])
        return [
            self._entry(key, job, {**context, "matrix": entry}, number)
            for number, entry in enumerate(entries)
        ]

    def _entry(self, key: str, job: Document, context: Document, number: int) -> JobResult:
        assert job["timeout-minutes"] <= 60
        place = self.directory / f"{key}-{number}"
        machine = Machine(place, self.setting, key, self.watch)
        token = f"ghs_{key}"
        self.permit(token, job["permissions"])
        context = {
            **context,
            "github": {**context["github"], "token": token},
            "runner": machine.runner,
            "secrets": {**self.setting.secrets, "GITHUB_TOKEN": token},
        }
        steps = Steps(self.expressions, machine, self.stand_ins, self.executed)
        status = steps.run(job["steps"], context, {})
        outputs = self.expressions.texts(job.get("outputs", {}), {**context, "steps": steps.ended})
        return JobResult(
            str(self.expressions.value(job["name"], context)),
            self.expressions.value(job["runs-on"], context),
            status,
            outputs,
            tuple(steps.results),
        )


def _together(results: list[JobResult]) -> dict[str, Any]:
    """Return what `needs` tells of a job: of a matrix, the last entry that says something."""
    outputs: dict[str, str] = {}
    for result in results:
        outputs |= {name: value for name, value in result.outputs.items() if value}
    if not results:
        return {"result": "skipped", "outputs": outputs}
    failed = any(result.result == "failure" for result in results)
    return {"result": "failure" if failed else "success", "outputs": outputs}
