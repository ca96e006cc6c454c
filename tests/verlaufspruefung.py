"""What must hold of the history whatever happens: the last line of every row says the same as the row."""

from konferenz.verlauf import letzte_zeilen, verzeichnete_modelle


def unverzeichnetes() -> list[str]:
    """Return every row that is not as its last line says, and every deleted one without a last line."""
    anders = []
    for modell in verzeichnete_modelle():
        felder = modell.history.model.tracked_fields
        letzte = {zeile.id: zeile for zeile in letzte_zeilen(modell.history.all())}
        zeilen = {zeile.pk: zeile for zeile in modell._base_manager.all()}
        for pk, zeile in zeilen.items():
            verzeichnet = letzte.pop(pk, None)
            if verzeichnet is None or verzeichnet.history_type == "-":
                anders.append(f"{modell.__name__} {pk}: ohne Zeile")
                continue
            anders += [
                f"{modell.__name__} {pk}, {feld.name}: {getattr(verzeichnet, feld.attname)!r} im Verlauf, "
                f"{getattr(zeile, feld.attname)!r} in der Datenbank"
                for feld in felder
                if feld.get_prep_value(getattr(zeile, feld.attname))
                != feld.get_prep_value(getattr(verzeichnet, feld.attname))
            ]
        anders += [
            f"{modell.__name__} {pk}: nicht als gelöscht verzeichnet"
            for pk, z in letzte.items()
            if z.history_type != "-"
        ]
    return anders
