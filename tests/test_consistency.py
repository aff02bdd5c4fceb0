"""Lints of the project by itself: models, templates, tasks, the one writer of `state`, sizes, leftovers.

Elsewhere: the addresses in tests/access, the layers in tests/house/test_layers.py, inline style and script in
tests/house/test_templates.py, the API's schema in tests/tariffs_web/test_api.py.
"""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from fnmatch import fnmatch
from functools import cache
from pathlib import Path
from typing import Any

import allauth
import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db.models import Model
from django.template.loader import get_template
from django.utils.module_loading import import_string

from applications.models import Letter
from diagdm.celery import app as celery_app
from diagdm.schedule import BEAT_SCHEDULE

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("applications", "diagdm", "experts", "portal", "tariffs")
TEMPLATES = ROOT / "templates"
# The bell, the planner of the one-process start, which stands for Celery's beat, what rings for what beat missed, the
# workers' own sign of life.
RINGERS = frozenset(f"portal/notifications/{name}.py" for name in ("outbox", "embedded", "rounds", "signs"))
# The clock, and the command that starts without Django.
CLOCKS = frozenset({"portal/clock.py", "tariffs/commandline.py"})
# Written by code alone: nobody types a value that could break it.
NEVER_TYPED = frozenset({"audit_event_sequence_positive"})
WRITER = "applications/services/transitions.py"

# Files above 400 lines, with the reason: none may be added without one.
LONG = {
    "applications/management/demo/cast.py": "the demo world's people, as data",
    "diagdm/settings.py": "every setting of the portal, in one file",
    "tests/access/matrix.py": "every address of the portal, a line each",
    "tests/access/world.py": "the people and things that every address is asked about",
    "tests/applications/filing/test_views.py": "the filing assistant page by page",
    "tests/applications/workflow/test_request.py": "each line of a request's life",
}
LONG_FUNCTIONS = {
    "applications/management/demo/cast.py _firm": "one firm of the demo world, with its papers",
    "applications/services/closure_checks.py delivered_lines": "the obstacles of one closing line, each with its words",
    "diagdm/style/samples.py _answers": "samples of the style page, as data",
    "diagdm/style/samples.py _lists": "samples of the style page, as data",
    "diagdm/style/samples.py _words": "samples of the style page, as data",
    "tariffs/api/schemas.py case_schema": "the shape of a case, as data",
}
NOT_DOSSIERS = frozenset({"mission", "old", "new", "document"})
NOT_DOSSIER_SETS = ("Mission.", "Document.", ".missions.", "Offer.", ".offers.", "MinutesVersion.")


def product() -> list[Path]:
    """Return the Python files of the portal, migrations apart."""
    found = (path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py")))
    return [path for path in found if "migrations" not in path.parts]


def name_of(path: Path) -> str:
    """Return a path as the repository writes it."""
    return path.relative_to(ROOT).as_posix()


@cache
def tree_of(path: Path) -> ast.Module:
    """Return a file parsed."""
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def all_nodes() -> tuple[tuple[str, ast.AST], ...]:
    """Return (file, node) for each node of the portal's code."""
    return tuple((name_of(path), node) for path in product() for node in ast.walk(tree_of(path)))


def nodes(*kinds: type[ast.AST]) -> Iterator[tuple[str, Any]]:
    """Give (file, node) for each node of these kinds in the portal's code."""
    return ((file, node) for file, node in all_nodes() if isinstance(node, kinds))


@cache
def tracked() -> tuple[Path, ...]:
    """Return the files of the repository that people write; without git, those of the rooms and their tests."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.split("\0")
    if len(listed) < 2:
        listed = [
            name_of(path) for room in (*ROOMS, "templates", "tests") for path in (ROOT / room).rglob("*.*")
        ]
    suffixes = {".py", ".html", ".txt", ".css", ".js", ".md", ".yml", ".yaml", ".toml", ".conf", ".sh", ""}
    paths = (ROOT / name for name in listed if name and "vendor/" not in name)
    return tuple(path for path in paths if path.suffix in suffixes and path.is_file())


def our_models() -> list[type[Model]]:
    """Return the models of our rooms."""
    return [model for model in apps.get_models() if model.__module__.partition(".")[0] in ROOMS]


# --- Models --------------------------------------------------------------------------------------
@pytest.mark.parametrize("model", our_models(), ids=lambda model: model._meta.label)
def test_a_model_and_its_fields_have_french_names(model: type[Model]) -> None:
    given = model._meta.original_attrs
    assert {"verbose_name", "verbose_name_plural"} <= set(given)
    unnamed = [
        field.name
        for field in model._meta.local_fields + list(model._meta.local_many_to_many)
        if not field.auto_created and field._verbose_name is None  # type: ignore[attr-defined]
    ]
    assert not unnamed


@pytest.mark.parametrize("model", our_models(), ids=lambda model: model._meta.label)
def test_a_constraint_says_in_french_what_it_refuses(model: type[Model]) -> None:
    typed = [one for one in model._meta.constraints if one.name not in NEVER_TYPED]
    silent = [one.name for one in typed if one.violation_error_message == one.default_violation_error_message]
    assert not silent


# --- Templates -------------------------------------------------------------------------------------
NAMED = re.compile(r"""\{%-?\s*(?:include|extends)\s+["']([^"']+)["']""")
TEMPLATE_NAME = re.compile(r"[\w.-]+(?:/[\w.-]+)*\.(?:html|txt)")
ERRORS = {"400.html", "403.html", "404.html", "429.html", "500.html"}


def referenced() -> set[str]:
    """Return every template that code or another template names."""
    found = {
        f"letters/{kind}.html" for kind in Letter.Kind.values if (TEMPLATES / f"letters/{kind}.html").exists()
    }
    for path in TEMPLATES.rglob("*.*"):
        found |= set(NAMED.findall(path.read_text(encoding="utf-8")))
    for _, node in nodes(ast.Constant):
        if not isinstance(node.value, str):
            continue
        if TEMPLATE_NAME.fullmatch(node.value) and "/" in node.value:
            found.add(node.value)
        elif "/email" in node.value and re.fullmatch(r"[\w/]+", node.value):
            found |= {f"{node.value}.html", f"{node.value}.txt"}
    return (
        found
        | {name for name in found | ERRORS if (TEMPLATES / name).exists()}
        | {"409.html", "stale_form.html"}
    )


def test_every_template_named_exists() -> None:
    for name in sorted(referenced()):
        get_template(name)


def test_every_template_is_used() -> None:
    """By its name, or in the place of the one that allauth would show."""
    theirs = Path(allauth.__file__).parent / "templates"
    known, unused = referenced() | ERRORS, []
    for path in sorted(TEMPLATES.rglob("*.*")):
        name = path.relative_to(TEMPLATES).as_posix()
        if name not in known and not (theirs / name).exists():
            unused.append(name)
    assert not unused


# --- Doors named by strings --------------------------------------------------------------------------
def test_every_planned_task_exists() -> None:
    celery_app.loader.import_default_modules()
    known = set(celery_app.tasks)
    assert {entry["task"] for entry in BEAT_SCHEDULE.values()} <= known
    for pattern in getattr(settings, "CELERY_TASK_ROUTES", {}):
        assert any(fnmatch(task, pattern) for task in known), pattern


def test_every_door_named_in_the_settings_imports() -> None:
    doors = (settings.DOCUMENT_POLICY, settings.DOCUMENTS_TO_ENCRYPT, settings.NAVIGATION)
    for path in (*settings.OUTBOX_HANDLERS.values(), *doors):
        assert callable(import_string(path)), path


def test_every_kind_of_duty_that_is_added_has_its_handler() -> None:
    for file, call in nodes(ast.Call):
        kinds = [
            one.value for one in call.keywords if one.arg == "kind" and isinstance(one.value, ast.Constant)
        ]
        if ast.unparse(call.func).endswith("enqueue") and kinds:
            assert kinds[0].value in settings.OUTBOX_HANDLERS, (file, call.lineno)


# --- One writer of the state, one bell ---------------------------------------------------------------
def _assigned() -> Iterator[str]:
    for file, node in nodes(ast.Assign, ast.AnnAssign, ast.AugAssign):
        for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
            if isinstance(target, ast.Attribute) and target.attr == "state":
                holder = ast.unparse(target.value).rpartition(".")[2]
                if file != WRITER and holder not in NOT_DOSSIERS:
                    yield f"{file}:{node.lineno} {ast.unparse(target)}"


def _passed() -> Iterator[str]:
    writers = {"update", "create", "update_or_create", "Dossier"}
    for file, call in nodes(ast.Call):
        function = ast.unparse(call.func)
        given = any(keyword.arg == "state" for keyword in call.keywords)
        ours = function.rpartition(".")[2] in writers and not any(one in function for one in NOT_DOSSIER_SETS)
        if given and ours:
            yield f"{file}:{call.lineno} {function}(state=…)"
        if function == "setattr" and "'state'" in map(ast.unparse, call.args):
            yield f"{file}:{call.lineno} setattr"


def test_only_the_transitions_write_a_dossiers_state() -> None:
    assert not [*_assigned(), *_passed()]


def test_only_the_outbox_rings_and_nothing_waits_in_the_broker() -> None:
    faults = []
    for file, call in nodes(ast.Call):
        method = call.func.attr if isinstance(call.func, ast.Attribute) else ""
        if method in {"delay", "apply_async", "send_task"} and file not in RINGERS:
            faults.append(f"{file}:{call.lineno} {method}")
        if {"eta", "countdown"} & {keyword.arg for keyword in call.keywords}:
            faults.append(f"{file}:{call.lineno} far task")
    assert not faults


def test_the_clock_is_read_by_the_clock_alone() -> None:
    """Only `portal.clock` asks the machine what time it is."""
    asked = re.compile(r"(timezone|datetime|date)\.(now|today|utcnow|localdate|localtime)")
    faults = [
        f"{file}:{call.lineno} {ast.unparse(call.func)}"
        for file, call in nodes(ast.Call)
        if file not in CLOCKS and asked.search(ast.unparse(call.func))
    ]
    assert not faults


# --- Forms -----------------------------------------------------------------------------------------------
def test_fields_are_listed() -> None:
    faults = []
    for file, node in nodes(ast.Assign):
        names = {target.id for target in node.targets if isinstance(target, ast.Name)}
        everything = isinstance(node.value, ast.Constant) and node.value.value == "__all__"
        if "fields" in names and everything:
            faults.append(f"{file}:{node.lineno}")
    for file, node in nodes(ast.ClassDef):
        if node.name == "Meta":
            held = {
                t.id
                for one in node.body
                if isinstance(one, ast.Assign)
                for t in one.targets
                if isinstance(t, ast.Name)
            }
            if "exclude" in held:
                faults.append(f"{file}:{node.lineno} exclude")
    assert not faults


# --- Sizes and leftovers ---------------------------------------------------------------------------------
def test_files_stay_short() -> None:
    long = {
        name_of(path)
        for path in tracked()
        if path.suffix == ".py"
        and "migrations" not in path.parts
        and len(path.read_text(encoding="utf-8").splitlines()) > 400
    }
    assert not long - set(LONG), "split by meaning, or say why in LONG"
    assert all((ROOT / name).exists() for name in LONG)


def _lines_of(function: ast.FunctionDef) -> int:
    """Return the lines of a function's body, its docstring apart."""
    body = function.body[1:] if ast.get_docstring(function) and len(function.body) > 1 else function.body
    return (function.end_lineno or 0) - body[0].lineno + 1


def test_functions_stay_short() -> None:
    long = {f"{file} {node.name}" for file, node in nodes(ast.FunctionDef) if _lines_of(node) > 40}
    assert not long - set(LONG_FUNCTIONS), "split it, or say why in LONG_FUNCTIONS"


LEFTOVERS = ("TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK")


def test_nothing_is_left_to_do_later() -> None:
    later = re.compile(r"(#|//|\*|--|\{#|comment %\}).*\b(" + "|".join(LEFTOVERS) + r")\b")
    allowed = {"pyproject.toml", "tests/test_consistency.py"}
    faults = [
        f"{name_of(path)}:{number}"
        for path in tracked()
        if name_of(path) not in allowed
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if later.search(line)
    ]
    assert not faults


def test_no_machine_and_no_registry_is_named() -> None:
    named = re.compile(
        "|".join(
            (
                r"/wo" + "rk/(main|shared)",
                "/ro" + "ot/",
                r"index-url[= ]\S*" + "://",
                "pythonhosted" + r"\.org",
                r"pypi\." + "org",
                r"npmjs\." + "(org|com)",
            )
        )
    )
    faults = [
        f"{name_of(path)}:{number} {found[0]}"
        for path in tracked()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if (found := named.search(line))
    ]
    assert not faults


def test_every_module_opens_with_one_sentence() -> None:
    silent = [
        name_of(path)
        for path in product()
        if path.read_text(encoding="utf-8").strip() and not ast.get_docstring(tree_of(path))
    ]
    assert not silent


# --- What is generated --------------------------------------------------------------------------------------
def test_the_diagram_of_the_workflow_is_current() -> None:
    call_command("workflow_diagram", "--check")


@pytest.mark.django_db
def test_the_migrations_are_current() -> None:
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)
