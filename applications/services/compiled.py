"""Expressions whose SQL is composed once in a process: composing twenty of them costs more than running them."""

from __future__ import annotations

from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Expression
from django.db.models.expressions import BaseExpression
from django.db.models.sql.compiler import SQLCompiler


class Once(Expression):
    """An expression of the outer table alone, the same in every query: its SQL is kept from the first one.

    What it holds must be constant: a date or a person of the request would be kept with it.
    """

    def __init__(self, inner: BaseExpression) -> None:
        super().__init__(output_field=inner.output_field)
        self.inner = inner
        self.kept: dict[tuple[str, str], tuple[str, tuple[Any, ...]]] = {}

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, tuple[Any, ...]]:
        """Return the SQL composed for this database and this outer table."""
        place = (connection.vendor, compiler.query.get_initial_alias())
        if place not in self.kept:
            resolved = self.inner.resolve_expression(compiler.query)
            sql, params = compiler.compile(resolved)
            self.kept[place] = sql, tuple(params)
        return self.kept[place]
