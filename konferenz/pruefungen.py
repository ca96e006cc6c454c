"""What `manage.py check` says beside Django's own: pages that must not go out as they come."""

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Warning
from django.db import connections

from konferenz.aufzaehlung import aufzaehlung
from konferenz.models import Pflichtseite


def beispieltexte(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """Warn of duty pages that still show the example; asks the database, so only with `--database`."""
    for name in databases or ():
        if Pflichtseite._meta.db_table not in connections[name].introspection.table_names():
            continue  # before the first migration
        seiten = [str(seite) for seite in Pflichtseite.objects.using(name).filter(text="")]
        if seiten:
            return [
                Warning(
                    f"Noch mit Beispieltext: {aufzaehlung(seiten)}.",
                    hint="Die Organisation ersetzt ihn in der Verwaltung unter „Pflichtseiten“.",
                    id="konferenz.W001",
                )
            ]
    return []
