"""The steps of a job or of a composite action, one after the other."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.workflows.expressions import Expressions, Status
from tests.workflows.machine import Machine
from tests.workflows.stand_ins import StandIns

OWN = "$/"
Document = Mapping[str, Any]


@dataclass(frozen=True)
class StepResult:
    """The end of a step."""

    name: str
    outcome: str
    outputs: Mapping[str, str] = field(default_factory=dict)
    exit_code: int = 0
    text: str = ""
    summary: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Steps:
    """Run steps on a machine. `executed` collects the scripts that were run, as written."""

    expressions: Expressions
    machine: Machine
    stand_ins: StandIns
    executed: set[str]
    results: list[StepResult] = field(default_factory=list)

    def run(self, steps: list[Document], context: Document, environment: Document) -> Status:
        """Run each step whose condition holds, and return how they went together."""
        status: Status = "success"
        ended: dict[str, Any] = {}
        for step in steps:
            here = {**context, "steps": ended, "job": {"status": status}}
            if self.expressions.condition(str(step.get("if", "true")), here, status):
                result = self._step(step, here, environment)
            else:
                result = StepResult(step["name"], "skipped")
            self.results.append(result)
            if "id" in step:
                ended[step["id"]] = {
                    "outcome": result.outcome,
                    "conclusion": result.outcome,
                    "outputs": result.outputs,
                }
            if result.outcome == "failure":
                status = "failure"
        self.ended = ended
        return status

    def _step(self, step: Document, context: Document, environment: Document) -> StepResult:
        own = self.expressions.texts(step.get("env", {}), context)
        if "run" in step:
            return self._script(step, {**environment, **own})
        uses = str(step["uses"])
        inputs = self.expressions.texts(step.get("with", {}), context)
        if uses.startswith(OWN):
            return self._composite(step["name"], uses.removeprefix(OWN), inputs, context)
        outputs = self.stand_ins.run(uses.partition("@")[0], inputs, self.machine)
        return StepResult(step["name"], "success", outputs)

    def _script(self, step: Document, environment: Mapping[str, str]) -> StepResult:
        assert "${{" not in step["run"], "an expression in a script is an injection"
        self.executed.add(step["run"])
        ended = self.machine.run(step["run"], step.get("shell", ""), environment)
        return StepResult(
            step["name"],
            "failure" if ended.exit_code else "success",
            ended.files.outputs(),
            ended.exit_code,
            ended.text,
            ended.files.summary(),
            environment,
        )

    def _composite(
        self, name: str, path: str, given: Mapping[str, str], context: Document
    ) -> StepResult:
        """Run a composite action of the workflow's own repository, which sees no secrets."""
        folder = self.machine.download() / path
        action = self.expressions.read(Path(folder, "action.yml"))
        unknown = given.keys() - action["inputs"].keys()
        assert not unknown, f"{path} takes no inputs {unknown}"
        inputs = {
            key: given.get(key, declaration["default"])
            for key, declaration in action["inputs"].items()
        }
        inside = {
            "github": {**context["github"], "action_path": str(folder)},
            "runner": context["runner"],
            "inputs": inputs,
        }
        steps = Steps(self.expressions, self.machine, self.stand_ins, self.executed)
        status = steps.run(action["runs"]["steps"], inside, {"GITHUB_ACTION_PATH": str(folder)})
        self.results.extend(steps.results)
        outputs = {key: declaration["value"] for key, declaration in action["outputs"].items()}
        told = self.expressions.texts(outputs, {**inside, "steps": steps.ended})
        return StepResult(name, status, told)
