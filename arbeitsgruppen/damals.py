"""What a group held at some moment of its past, read from the lines of the histories."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Min

from arbeitsgruppen.aenderungen import GRUPPENTEXTE
from arbeitsgruppen.models import Abschnitt, Aeusserung, Arbeitsgruppe
from arbeitsgruppen.papierkorb import schluesselfeld
from arbeitsgruppen.zusammenfuehren import Kopf, Ort, Stand, Zeile
from konferenz.verlauf import letzte_zeilen


class Damals:
    """A group right before a moment, or at it where that is to count."""

    def __init__(self, gruppe: Arbeitsgruppe, vor: datetime, *, einschliesslich: bool = False) -> None:
        self.gruppe = gruppe
        bis = {"history_date__lte" if einschliesslich else "history_date__lt": vor}
        koepfe = Abschnitt.history.filter(arbeitsgruppe_id=gruppe.pk).order_by().values("id")
        kennungen = Aeusserung.history.filter(abschnitt_id__in=koepfe).order_by().values("kennung")
        self._zeilen = {
            Arbeitsgruppe: _am(Arbeitsgruppe, [gruppe.pk], bis),
            Abschnitt: _am(Abschnitt, koepfe, bis),
            Aeusserung: _am(Aeusserung, kennungen, bis),
        }
        alle = Aeusserung.history.filter(kennung__in=kennungen).order_by()
        self._kennung_von = dict(alle.values_list("id", "kennung"))

    def nachtragen(self, zeilen: Mapping[Any, Sequence[Any]]) -> None:
        """Let rows be as these lines say, which are given by model and in their order."""
        for modell, liste in zeilen.items():
            for zeile in liste:
                self._zeilen[modell][getattr(zeile, schluesselfeld(modell))] = zeile
                if modell is Aeusserung:
                    self._kennung_von[zeile.id] = zeile.kennung

    def vorhandene(self) -> Stand:
        """Return what was there, be it in another group; only its keys mean anything."""
        nirgends = Zeile("", Ort())
        return Stand(
            {str(z.id): Kopf("", "", "") for z in self._vorhandene(Abschnitt)},
            {z.kennung: nirgends for z in self._vorhandene(Aeusserung)},
        )

    def texte(self) -> dict[str, str]:
        """Return the texts of the group itself by the names of their fields, if they are written down."""
        zeile = self._zeilen[Arbeitsgruppe].get(self.gruppe.pk)
        return {feld: getattr(zeile, feld) for feld in GRUPPENTEXTE} if zeile else {}

    def stand(self) -> Stand:
        """Return its Abschnitte and statements."""
        koepfe = {z.id: z for z in self._vorhandene(Abschnitt) if z.arbeitsgruppe_id == self.gruppe.pk}
        zeilen = self._vorhandene(Aeusserung)
        orte = {
            z.kennung: Ort(str(z.abschnitt_id))
            for z in zeilen
            if z.uebergeordnet_id is None and z.abschnitt_id in koepfe
        }
        # Where a sub-point stands says its statement, which may have moved without a line of the sub-point.
        for z in zeilen:
            oben = self._kennung_von.get(z.uebergeordnet_id, "")
            if oben in orte and not orte[oben].eltern:
                orte[z.kennung] = Ort(eltern=oben)
        stehende = {
            z.kennung: Zeile(z.text, orte[z.kennung], z.neue_seite) for z in zeilen if z.kennung in orte
        }
        return geordnet(
            {str(pk): Kopf(z.ueberschrift, z.kategorie, z.herkunft) for pk, z in koepfe.items()},
            stehende,
            Stand(zeilen=stehende).folgen(),
        )

    def _vorhandene(self, modell: Any) -> list[Any]:
        zeilen = (z for z in self._zeilen[modell].values() if z.history_type != "-")
        return sorted(zeilen, key=lambda z: (z.position, z.history_id))


def _am(modell: Any, schluessel: Any, bis: Mapping[str, datetime]) -> dict[Any, Any]:
    """Return for each row the line that held then; the first one where its beginning is not written down."""
    kennt = schluesselfeld(modell)
    alle = modell.history.filter(**{f"{kennt}__in": schluessel})
    erste = alle.order_by().values(kennt).annotate(erste=Min("history_id")).values("erste")
    zeilen = {getattr(z, kennt): z for z in modell.history.filter(pk__in=erste, history_type="~")}
    return zeilen | {getattr(z, kennt): z for z in letzte_zeilen(alle.filter(**bis), kennt)}


def geordnet(
    koepfe: Mapping[str, Kopf], zeilen: Mapping[str, Zeile], folgen: Mapping[Ort, Sequence[str]]
) -> Stand:
    """Return a state of these Abschnitte, in this order, with the lines in the order of their places."""
    stand = Stand(dict(koepfe))
    for abschnitt in stand.koepfe:
        for eintrag in folgen.get(Ort(abschnitt), []):
            for schluessel in (eintrag, *folgen.get(Ort(eltern=eintrag), [])):
                stand.zeilen[schluessel] = zeilen[schluessel]
    return stand
