"""The files by which a step tells the runner things: outputs, variables, paths, its summary."""

from dataclasses import dataclass
from pathlib import Path

NAMES = ("OUTPUT", "ENV", "PATH", "STEP_SUMMARY", "STATE")


@dataclass(frozen=True)
class StepFiles:
    """The files of one step, which no other step sees."""

    directory: Path

    @property
    def variables(self) -> dict[str, str]:
        """Make the files, and return the variables that name them."""
        self.directory.mkdir()
        for name in NAMES:
            self._file(name).touch()
        return {f"GITHUB_{name}": str(self._file(name)) for name in NAMES}

    def outputs(self) -> dict[str, str]:
        """Return the step's outputs."""
        return _pairs(self._read("OUTPUT"))

    def environment(self) -> dict[str, str]:
        """Return the variables for the steps that follow."""
        return _pairs(self._read("ENV"))

    def paths(self) -> list[str]:
        """Return what goes before PATH for the steps that follow."""
        return self._read("PATH").splitlines()

    def summary(self) -> str:
        """Return what is shown on the run's page."""
        return self._read("STEP_SUMMARY")

    def _file(self, name: str) -> Path:
        return self.directory / name.lower()

    def _read(self, name: str) -> str:
        return self._file(name).read_text(encoding="utf-8")


def _pairs(text: str) -> dict[str, str]:
    """Read `name=value` and `name<<delimiter`, and refuse anything else as the runner does."""
    found: dict[str, str] = {}
    lines = iter(text.splitlines())
    for line in lines:
        equals, heredoc = line.find("="), line.find("<<")
        if heredoc > 0 and (equals < 0 or heredoc < equals):
            name, _, delimiter = line.partition("<<")
            value: list[str] = []
            for part in lines:
                if part == delimiter:
                    break
                value.append(part)
            else:
                raise ValueError(f"Matching delimiter not found '{delimiter}'")
            found[name] = "\n".join(value)
        elif equals > 0:
            name, _, single = line.partition("=")
            found[name] = single
        elif line:
            raise ValueError(f"Invalid format '{line}'")
    return found
