"""Commands without a usable database."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError

from konferenz.models import Konferenz
from tests import vorlage


@pytest.mark.parametrize(
    "aufruf",
    [("dokumentation_importieren", str(vorlage.TEXT)), ("heft_exportieren", vorlage.SLUG, "heft.pdf")],
    ids=lambda aufruf: aufruf[0],
)
def test_befehl_ohne_tabellen_nennt_die_abhilfe_in_einer_zeile(
    aufruf: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, db
) -> None:
    def fehlt(*args, **werte):
        raise OperationalError("no such table: konferenz_konferenz\nmehr")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(type(Konferenz.objects), "get", fehlt)
    monkeypatch.setattr(type(Konferenz.objects), "filter", fehlt)
    with pytest.raises(CommandError, match="migrate") as fehler:
        call_command(*aufruf)
    assert "\n" not in str(fehler.value)
