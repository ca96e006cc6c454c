"""The public page that puts what groups said side by side."""

from dataclasses import replace
from itertools import chain, starmap

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_safe

from arbeitsgruppen.aehnlich import entsprechungen, stellen
from arbeitsgruppen.bild import ausschnitte, konferenzbild
from arbeitsgruppen.suchausdruck import Suchausdruck
from arbeitsgruppen.suche import korrigiert
from arbeitsgruppen.themen import alle_abkuerzungen
from arbeitsgruppen.vergleich import anderswo_gefragt, gemeinsame_fragen, gestellte_frage, vergleichen
from arbeitsgruppen.vergleichsformular import VergleichForm
from konferenz.berechtigungen import Leser
from konferenz.models import Konferenz
from konferenz.views import kanonisch
from konferenz.vorschau import Vorschau, seite
from konferenz.zwischenspeicher import fuer_alle_gleich


@fuer_alle_gleich("ag", "kategorie", "thema", "q", "herkunft", "auch")
@require_safe
def vergleich(request: HttpRequest, konferenz: str) -> HttpResponse:
    """Compare the groups of a conference, and those that answered the same question in others."""
    leser = Leser.von(request)
    objekt = get_object_or_404(Konferenz.objects.sichtbar_fuer(leser), slug=konferenz)
    bild = konferenzbild(objekt, alles=leser.liest_alles(objekt))
    andere = anderswo_gefragt(bild.gruppen, objekt)
    konferenzen = list(dict.fromkeys(gruppe.konferenz for gruppe in andere))
    form = VergleichForm(bild, konferenzen, request.GET)
    kontext = {
        "konferenz": objekt,
        "bild": bild,
        "konferenzen": konferenzen,
        "form": form,
        "gemeinsame": gemeinsame_fragen(bild),
        "kanonisch": kanonisch(reverse("vergleich", args=[objekt.slug])),
    }
    vorschau = Vorschau.fuer(leser, objekt, bild.vorlaeufige)
    if not form.is_valid():
        return seite(request, "arbeitsgruppen/vergleich.html", kontext, vorschau, status=400)
    eingrenzung = form.eingrenzung()
    fragen = {gestellte_frage(gruppe) for gruppe in eingrenzung.gewaehlt(bild)}
    dazu = [
        g for g in andere if g.konferenz.slug in form.cleaned_data["auch"] and gestellte_frage(g) in fragen
    ]
    verglichen = vergleichen(bild, eingrenzung, ausschnitte(dazu))
    if eingrenzung.suche and not verglichen.zeilen:
        begriffe, korrekturen = korrigiert(eingrenzung.suche, alle_abkuerzungen())
        anders = replace(eingrenzung, suche=Suchausdruck(begriffe))
        berichtigt = vergleichen(bild, anders, ausschnitte(dazu)) if korrekturen else verglichen
        if berichtigt.zeilen:
            eingrenzung, verglichen = anders, berichtigt
            kontext["korrekturen"] = korrekturen
    # All groups of this conference, but of others only those that are shown here.
    gesagtes = {bild.slug: (bild.slug, bild.gruppen, "")}
    gesagtes |= {
        s.konferenz.slug: (s.konferenz.slug, s.konferenz.gruppen, s.jahr) for s in verglichen.spalten
    }
    kontext |= {
        "suche": eingrenzung.suche,
        "vergleich": verglichen,
        "entsprechungen": entsprechungen(chain.from_iterable(starmap(stellen, gesagtes.values()))),
    }
    return seite(request, "arbeitsgruppen/vergleich.html", kontext, vorschau)
