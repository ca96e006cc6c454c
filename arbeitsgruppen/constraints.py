"""A database constraint that Django does not bring: a sub-point stays with its parent."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import DEFAULT_DB_ALIAS
from django.db.models import BaseConstraint, Model


class Unterpunktregel(BaseConstraint):
    """Rows nest one level deep, and only with a parent of the same scope.

    `eltern` names the foreign key to the table itself, `bereich` the foreign key that parent and
    child must share. A CHECK sees only its own row, so triggers hold the rule on SQLite and on
    PostgreSQL. A parent that changes its scope takes its children along: neither order of two
    updates could be allowed otherwise, since SQLite has no deferred triggers.
    """

    def __init__(self, *, name: str, eltern: str, bereich: str, violation_error_message: str | None = None):
        super().__init__(name=name, violation_error_message=violation_error_message)
        self.eltern = eltern
        self.bereich = bereich

    def deconstruct(self) -> tuple[str, Any, dict[str, Any]]:
        """Return what a migration needs to build this constraint again."""
        path, args, kwargs = super().deconstruct()
        return path, args, {**kwargs, "eltern": self.eltern, "bereich": self.bereich}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Unterpunktregel) and self.deconstruct() == other.deconstruct()

    __hash__ = BaseConstraint.__hash__

    def constraint_sql(self, model: Any, schema_editor: Any) -> str:
        """Queue the triggers for when the table stands, and add nothing to CREATE TABLE itself."""
        schema_editor.deferred_sql.extend(self._statements(model, schema_editor))
        return ""

    def create_sql(self, model: Any, schema_editor: Any) -> str:
        """Return the statements for a table that exists (PostgreSQL; SQLite remakes the table)."""
        return ";\n".join(self._statements(model, schema_editor))

    def remove_sql(self, model: Any, schema_editor: Any) -> str:
        """Return the statements that drop the triggers (PostgreSQL; SQLite remakes the table)."""
        return ";\n".join(
            f"DROP FUNCTION {self.name}_{function}() CASCADE" for function in ("pruefen", "mitziehen")
        )

    def _statements(self, model: Any, schema_editor: Any) -> list[str]:
        # While SQLite remakes a table, the model carries a temporary name; the triggers are made
        # after the table has its own name back.
        table = schema_editor.quote_name(model._meta.db_table.removeprefix("new__"))
        eltern = model._meta.get_field(self.eltern).column
        bereich = model._meta.get_field(self.bereich).column
        violated = (
            f"NEW.{eltern} IS NOT NULL AND (NEW.{eltern} = NEW.id"
            f" OR NOT EXISTS (SELECT 1 FROM {table} e WHERE e.id = NEW.{eltern}"
            f" AND e.{bereich} = NEW.{bereich} AND e.{eltern} IS NULL)"
            f" OR EXISTS (SELECT 1 FROM {table} k WHERE k.{eltern} = NEW.id))"
        )
        follow = f"UPDATE {table} SET {bereich} = NEW.{bereich} WHERE {eltern} = NEW.id"
        moved = f"NEW.{bereich} <> OLD.{bereich}"
        changed = f"UPDATE OF {eltern}, {bereich}"
        if schema_editor.connection.vendor == "sqlite":
            refuse = f"BEGIN SELECT RAISE(ABORT, 'CHECK constraint failed: {self.name}'); END"
            return [
                f"CREATE TRIGGER {self.name}_neu BEFORE INSERT ON {table} WHEN {violated} {refuse}",
                f"CREATE TRIGGER {self.name}_anders BEFORE {changed} ON {table} WHEN {violated} {refuse}",
                f"CREATE TRIGGER {self.name}_mit AFTER UPDATE OF {bereich} ON {table}"
                f" WHEN {moved} BEGIN {follow}; END",
            ]
        return [
            f"CREATE OR REPLACE FUNCTION {self.name}_pruefen() RETURNS trigger LANGUAGE plpgsql AS $$"
            f" BEGIN IF {violated} THEN RAISE EXCEPTION 'violates check constraint {self.name}'"
            f" USING ERRCODE = 'check_violation', CONSTRAINT = '{self.name}'; END IF; RETURN NEW; END $$",
            f"CREATE OR REPLACE FUNCTION {self.name}_mitziehen() RETURNS trigger LANGUAGE plpgsql AS $$"
            f" BEGIN {follow}; RETURN NULL; END $$",
            f"CREATE TRIGGER {self.name}_pruefen BEFORE INSERT OR {changed} ON {table}"
            f" FOR EACH ROW EXECUTE FUNCTION {self.name}_pruefen()",
            f"CREATE TRIGGER {self.name}_mitziehen AFTER UPDATE OF {bereich} ON {table}"
            f" FOR EACH ROW WHEN ({moved}) EXECUTE FUNCTION {self.name}_mitziehen()",
        ]

    def validate(
        self, model: Any, instance: Model, exclude: Any = None, using: str = DEFAULT_DB_ALIAS
    ) -> None:
        """Raise ValidationError where the database would refuse the row (for forms)."""
        if exclude and {self.eltern, self.bereich} & set(exclude):
            return
        parent_id = getattr(instance, model._meta.get_field(self.eltern).attname)
        if parent_id is None:
            return
        rows = model._default_manager.using(using)
        scope = model._meta.get_field(self.bereich).attname
        parent_fits = rows.filter(
            **{"pk": parent_id, scope: getattr(instance, scope), f"{self.eltern}__isnull": True}
        ).exists()
        has_children = instance.pk and rows.filter(**{self.eltern: instance.pk}).exists()
        if not parent_fits or has_children or parent_id == instance.pk:
            raise ValidationError(self.get_violation_error_message(), code=self.violation_error_code)
