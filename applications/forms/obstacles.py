"""Shows the obstacles of a refusal on the form that was sent."""

from __future__ import annotations

from collections.abc import Iterable

from django import forms

from applications.workflow.refusals import Obstacle


def put_on(form: forms.BaseForm, obstacles: Iterable[Obstacle]) -> None:
    """Put each obstacle on the field it names, or above the fields where the form lacks that one."""
    for obstacle in obstacles:
        form.add_error(obstacle.field if obstacle.field in form.fields else None, obstacle.sentence)
