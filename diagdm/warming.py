"""What a web process makes ready so that nobody waits for it: addresses, templates, the engine of the PDFs."""

from __future__ import annotations

import importlib
import logging
from collections.abc import Iterator
from pathlib import Path

from django.template import TemplateDoesNotExist, TemplateSyntaxError, engines
from django.template.backends.django import DjangoTemplates
from django.urls import get_resolver

from portal import pdf

logger = logging.getLogger(__name__)

SUFFIXES = frozenset({".html", ".txt"})


def before_fork() -> None:
    """Read all that the processes can share: the views behind each address, and each template, compiled.

    No thread is started and nothing is connected to: neither would be there after the fork.
    """
    get_resolver().reverse_dict  # noqa: B018 walks every address
    for name in template_names():
        try:
            engines["django"].get_template(name)
        except (TemplateDoesNotExist, TemplateSyntaxError):
            # A library's own template that our settings do not serve.
            logger.debug("the template %s is not compiled", name)
    try:
        importlib.import_module("weasyprint")
    except OSError:
        # Pango is missing: whoever asks for a PDF is told, and so is the log, after the fork.
        logger.debug("the PDF engine is not there")


def after_fork() -> None:
    """Make a first PDF aside: its engine starts threads of its own, so it can't be shared."""
    pdf.warm_up_aside()


def template_names() -> Iterator[str]:
    """Return the names of the templates that stand in our own folders."""
    engine = engines["django"]
    assert isinstance(engine, DjangoTemplates)
    for folder in map(Path, engine.engine.dirs):
        for path in sorted(folder.rglob("*")):
            if path.suffix in SUFFIXES:
                yield path.relative_to(folder).as_posix()
