"""Every module of the sandbox has a place in the contract of imports."""

import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
SANDBOX = ROOT / "contributor_backfill" / "sandbox"


def test_each_module_is_in_one_layer() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]
    (contract,) = (
        contract
        for contract in contracts["contracts"]
        if contract.get("containers") == ["contributor_backfill.sandbox"]
    )
    named = [
        name.strip() for layer in contract["layers"] for name in layer.replace("|", ":").split(":")
    ]

    assert len(named) == len(set(named))
    for path in SANDBOX.rglob("*.py"):
        module = ".".join(path.relative_to(SANDBOX).with_suffix("").parts)
        if path.name != "__init__.py":
            places = [name for name in named if module == name or module.startswith(f"{name}.")]
            assert len(places) == 1, (module, places)
