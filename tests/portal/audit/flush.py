"""Lets the test runner empty the journal between transactional tests, without any door in the product.

The flush of a transactional test deletes every row, which the journal's triggers refuse. They are
dropped around that one operation and put back at once, so every test runs with them in place.
"""

from importlib import import_module

import pytest
from django.db.backends.base.operations import BaseDatabaseOperations

triggers = import_module("portal.audit.migrations.0002_triggers")


def run(connection, statements):
    """Execute statements one by one on a connection."""
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


@pytest.fixture(scope="session", autouse=True)
def journal_emptied_by_flush_only():
    """Wrap the flush of the test database so that it passes the journal's triggers."""
    original = BaseDatabaseOperations.execute_sql_flush

    def execute_sql_flush(self, sql_list):
        run(self.connection, triggers.statements_to_remove(self.connection.vendor))
        try:
            return original(self, sql_list)
        finally:
            run(self.connection, triggers.statements_to_install(self.connection.vendor))

    BaseDatabaseOperations.execute_sql_flush = execute_sql_flush
    yield
    BaseDatabaseOperations.execute_sql_flush = original
