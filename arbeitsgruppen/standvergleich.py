"""In words what would change if a group went from one state to another."""

from collections.abc import Iterator

from arbeitsgruppen.aenderungen import Aenderung, Angabe, ersetzt
from arbeitsgruppen.models import Abschnitt
from arbeitsgruppen.zusammenfuehren import Stand, in_folge
from konferenz.wortunterschied import unterschied


def unterschiede(jetzt: Stand, ziel: Stand) -> list[Aenderung]:
    """Return what would happen to Abschnitte and statements, in the order of the page."""
    return [*_koepfe(jetzt, ziel), *_zeilen(jetzt, ziel)]


def _koepfe(jetzt: Stand, ziel: Stand) -> Iterator[Aenderung]:
    umgestellt = set(jetzt.koepfe).intersection(ziel.koepfe)
    umgestellt = umgestellt.difference(in_folge(list(jetzt.koepfe), list(ziel.koepfe)))
    for k in dict.fromkeys((*ziel.koepfe, *jetzt.koepfe)):
        alt, neu = jetzt.koepfe.get(k), ziel.koepfe.get(k)
        geschehen = _geschehen(alt is None, neu is None, alt != neu, k in umgestellt)
        angaben = [
            Angabe(name, ersetzt(*(str(wahl(getattr(kopf, feld)).label) for kopf in (alt, neu))))
            for feld, name, wahl in (
                ("kategorie", "Kategorie", Abschnitt.Kategorie),
                ("herkunft", "Herkunft", Abschnitt.Herkunft),
            )
            if alt and neu and getattr(alt, feld) != getattr(neu, feld)
        ]
        text = unterschied(alt.ueberschrift if alt else "", neu.ueberschrift if neu else "")
        if geschehen:
            yield Aenderung("Abschnitt", geschehen, text=text, angaben=tuple(angaben))


def _zeilen(jetzt: Stand, ziel: Stand) -> Iterator[Aenderung]:
    umgestellt = _umgestellt(jetzt, ziel)
    for k in dict.fromkeys((*ziel.zeilen, *jetzt.zeilen)):
        alt, neu = jetzt.zeilen.get(k), ziel.zeilen.get(k)
        anders = bool(alt and neu and (alt.text, alt.neue_seite) != (neu.text, neu.neue_seite))
        geschehen = _geschehen(alt is None, neu is None, anders, k in umgestellt)
        angaben: list[Angabe] = []
        if alt and neu and alt.ort != neu.ort:
            geschehen += ("wird verschoben",)
            angaben.append(Angabe("Stelle", ersetzt(_ort(jetzt, k), _ort(ziel, k))))
        if alt and neu and alt.neue_seite != neu.neue_seite:
            worte = ("ja" if zeile.neue_seite else "nein" for zeile in (alt, neu))
            angaben.append(Angabe("neue Seite im Heft", ersetzt(*worte)))
        if geschehen:
            stand = ziel if neu else jetzt
            was = "Unterpunkt" if stand.zeilen[k].ort.eltern else "Äußerung"
            text = unterschied(alt.text if alt else "", neu.text if neu else "")
            yield Aenderung(was, geschehen, _ort(stand, k), k, text, tuple(angaben))


def _umgestellt(jetzt: Stand, ziel: Stand) -> set[str]:
    alte, umgestellt = jetzt.folgen(), set[str]()
    for ort, folge in ziel.folgen().items():
        vorher = alte.get(ort, [])
        umgestellt |= set(folge).intersection(vorher).difference(in_folge(vorher, folge))
    return umgestellt


def _geschehen(kommt: bool, geht: bool, anders: bool, umgestellt: bool) -> tuple[str, ...]:
    if kommt or geht:
        return ("kommt wieder",) if kommt else ("wird gelöscht",)
    return (*(["wird geändert"] if anders else []), *(["wird umgestellt"] if umgestellt else []))


def _ort(stand: Stand, schluessel: str) -> str:
    ort = f"„{stand.koepfe[stand.abschnitt_von(schluessel)].ueberschrift}“"
    oben = stand.zeilen.get(stand.zeilen[schluessel].ort.eltern)
    return f"{ort}, unter „{oben.text[:60]}“" if oben else ort
