"""What import-linter can't say: the engine is the standard library alone, use cases never see a request."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
ROOMS = ("applications", "experts", "portal", "tariffs")
INNER = ("services", "models", "workflow")
REQUEST = ("django.http", "django.shortcuts", "django.template.response", "django.views", "rest_framework")


def imported_by(path: Path) -> Iterator[str]:
    """Yield the modules a file imports, wherever the import stands."""
    for node in ast.walk(ast.parse(path.read_text(), str(path))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module


def inner_files() -> list[Path]:
    """List the files of use cases, models and workflow, in every room."""
    found = []
    for path in (path for room in ROOMS for path in (ROOT / room).rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        if any(part in INNER for part in parts) and "migrations" not in parts:
            found.append(path)
    return found


def test_the_engine_imports_the_standard_library_alone() -> None:
    for path in (ROOT / "tariffs" / "engine").rglob("*.py"):
        for module in imported_by(path):
            allowed = module.split(".")[0] in sys.stdlib_module_names or module.startswith("tariffs.engine")
            assert allowed, f"{path.relative_to(ROOT)} imports {module}"


@pytest.mark.parametrize("forbidden", REQUEST)
def test_use_cases_models_and_workflow_never_see_a_request(forbidden: str) -> None:
    for path in inner_files():
        for module in imported_by(path):
            seen = module == forbidden or module.startswith(f"{forbidden}.")
            assert not seen, f"{path.relative_to(ROOT)} imports {module}"
