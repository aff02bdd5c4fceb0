"""The table of docs/deadlines.md is true: each column, index and task it names is there."""

import re
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings

TEXT = (Path(__file__).resolve().parents[2] / "docs" / "deadlines.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| ([^|]+) \| `(\w+)\.(\w+)` \| `(\w+)` \| `(\w+)` \| ", re.MULTILINE)
ROWS = ROW.findall(TEXT)
MODELS = {model.__name__: model for model in apps.get_models()}
TASKS = {one["task"].rpartition(".")[2] for one in settings.CELERY_BEAT_SCHEDULE.values()}


def test_every_line_of_the_table_is_read() -> None:
    assert len(ROWS) == sum(line.startswith("| ") for line in TEXT.splitlines()) - 1 >= 18


@pytest.mark.parametrize(("duty", "model", "column", "index", "task"), ROWS)
def test_a_duty_is_a_column_with_an_index_that_a_planned_task_reads(
    duty: str, model: str, column: str, index: str, task: str
) -> None:
    (found,) = [one for one in MODELS[model]._meta.indexes if one.name == index]
    assert found.fields[0] == column, duty
    assert found.condition is not None, "what is over stays out of it"
    assert task in TASKS


def test_every_partial_index_of_a_date_to_come_stands_in_the_table() -> None:
    to_come = re.compile(
        r"^(next_\w*on|due_on|due_at|remind_on|answer_by|valid_until|expires_at|effective_at)$"
    )
    # Those of the desk's lists: pages read them, no sweep.
    named = {index for *_, index, _ in ROWS} | {"deadline_running", "listing_late"}
    found = {
        index.name
        for model in MODELS.values()
        for index in model._meta.indexes
        if index.condition is not None and index.fields and to_come.match(index.fields[0])
    }
    assert found <= named
