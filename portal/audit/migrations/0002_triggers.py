"""Makes the database refuse any change or removal of an event or of a daily record.

A later migration that makes SQLite rebuild one of the two tables loses its triggers: it must call
the same statements again.
"""

from django.db import migrations

TABLES = ("audit_event", "audit_headrecord")
REFUSAL = "Le journal ne se modifie pas et ne s’efface pas."


def statements_to_install(vendor):
    """Return the statements that create the triggers for one database vendor."""
    if vendor == "postgresql":
        function = (
            "CREATE OR REPLACE FUNCTION audit_refuse_change() RETURNS trigger AS $$ BEGIN "
            f"RAISE EXCEPTION '{REFUSAL}' USING ERRCODE = 'integrity_constraint_violation'; "
            "END $$ LANGUAGE plpgsql"
        )
        rows = [
            f"CREATE TRIGGER {table}_refuse_change BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION audit_refuse_change()"
            for table in TABLES
        ]
        truncations = [
            f"CREATE TRIGGER {table}_refuse_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change()"
            for table in TABLES
        ]
        return [function, *rows, *truncations]
    return [
        f"CREATE TRIGGER {table}_refuse_{action} BEFORE {action.upper()} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
        for table in TABLES
        for action in ("update", "delete")
    ]


def statements_to_remove(vendor):
    """Return the statements that drop the triggers for one database vendor."""
    if vendor == "postgresql":
        drops = [
            f"DROP TRIGGER IF EXISTS {table}_refuse_{what} ON {table}"
            for table in TABLES
            for what in ("change", "truncate")
        ]
        return [*drops, "DROP FUNCTION IF EXISTS audit_refuse_change()"]
    return [
        f"DROP TRIGGER IF EXISTS {table}_refuse_{action}"
        for table in TABLES
        for action in ("update", "delete")
    ]


def install(_apps, schema_editor):
    """Create the triggers."""
    for statement in statements_to_install(schema_editor.connection.vendor):
        schema_editor.execute(statement)


def remove(_apps, schema_editor):
    """Drop the triggers."""
    for statement in statements_to_remove(schema_editor.connection.vendor):
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]

    operations = [migrations.RunPython(install, remove)]
