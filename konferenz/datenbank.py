"""How long PostgreSQL lets the web process wait and work: one slow page must not hold up all others."""

from django.conf import settings
from django.db import connections


def fristen_setzen() -> None:
    """Have PostgreSQL end what takes longer in this process than settings.DATENBANK_FRISTEN allow.

    Called by the web process alone (wsgi.py), before it opens a connection: migrations, imports and the
    background service take as long as they need, and processes that the web starts don't inherit it.
    """
    datenbank = connections.settings["default"]
    if datenbank["ENGINE"] == "django.db.backends.postgresql":
        fristen = (f"-c {name}={sekunden}s" for name, sekunden in settings.DATENBANK_FRISTEN.items())
        datenbank["OPTIONS"]["options"] = " ".join(
            [datenbank["OPTIONS"].get("options", ""), *fristen]
        ).strip()
