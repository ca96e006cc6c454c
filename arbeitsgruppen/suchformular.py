"""The form of the search: what an address asks for, and what else could be chosen."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from arbeitsgruppen.models import Abschnitt, Aeusserung, Thema
from arbeitsgruppen.suche import FILTER, Anfrage, Ergebnis
from arbeitsgruppen.themen import zugehoerig
from konferenz.models import Konferenz

LAENGSTE_ANFRAGE = 200
ALLE = {
    "konferenz": "Alle Konferenzen",
    "ag": "Alle Arbeitsgruppen",
    "kategorie": "Alle Kategorien",
    "herkunft": "Teilnehmende und andere",
    "thema": "Alle Themen",
    "jahr": "Alle Jahre",
}


class Wahlfeld(forms.CharField):
    """A choice whose offers follow from what was found; what an address may say is more."""

    widget = forms.Select

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, max_length=100, **kwargs)


class Zahlfeld(forms.IntegerField):
    """The same for a number."""

    widget = forms.Select

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, min_value=1, max_value=9999, **kwargs)


class SuchForm(forms.Form):
    """What is searched for. After the search `anbieten()` puts in what each choice would leave."""

    q = forms.CharField(
        label="Suchwörter",
        required=False,
        strip=False,
        max_length=LAENGSTE_ANFRAGE,
        widget=forms.TextInput(attrs={"type": "search", "enterkeyhint": "search", "autocomplete": "off"}),
        error_messages={
            "max_length": f"Eine Suche hat höchstens {LAENGSTE_ANFRAGE} Zeichen, diese hat %(show_value)d. "
            "Meist genügen ein bis drei Wörter."
        },
    )
    konferenz = Wahlfeld(label="Konferenz")
    ag = Zahlfeld(label="Arbeitsgruppe", error_messages={"invalid": "Die Nummer einer AG ist eine Zahl."})
    kategorie = Wahlfeld(label="Kategorie")
    thema = Wahlfeld(label="Thema")
    herkunft = Wahlfeld(label="Herkunft")
    jahr = Zahlfeld(label="Jahr", error_messages={"invalid": "Ein Jahr ist eine Zahl, zum Beispiel 2021."})

    def clean_konferenz(self) -> str:
        """Refuse a conference that there isn't for everybody."""
        slug: str = self.cleaned_data["konferenz"]
        if slug and not Konferenz.objects.oeffentlich().filter(slug=slug).exists():
            raise ValidationError("Diese Konferenz gibt es nicht.")
        return slug

    def clean_thema(self) -> str:
        """Refuse a topic that there isn't for everybody: of which nothing speaks that is released."""
        slug: str = self.cleaned_data["thema"]
        thema = Thema.objects.filter(slug=slug).first() if slug else None
        if slug and not (thema and Aeusserung.objects.veroeffentlicht().filter(zugehoerig(thema)).exists()):
            raise ValidationError("Dieses Thema gibt es nicht.")
        return slug

    def clean_kategorie(self) -> str:
        """Refuse a category that there isn't."""
        return self._eine("kategorie", Abschnitt.Kategorie, "Diese Kategorie gibt es nicht.")

    def clean_herkunft(self) -> str:
        """Refuse an origin that there isn't."""
        return self._eine("herkunft", Abschnitt.Herkunft, "Diese Herkunft gibt es nicht.")

    def _eine(self, name: str, werte: Any, fehler: str) -> str:
        wert: str = self.cleaned_data[name]
        if wert and wert not in werte.values:
            raise ValidationError(f"{fehler} Möglich: {', '.join(werte.values)}.")
        return wert

    def anfrage(self) -> Anfrage:
        """Return what is asked for."""
        return Anfrage(**self.cleaned_data)

    def anbieten(self, ergebnis: Ergebnis) -> None:
        """Offer what each choice of a filter would leave; a filter without a choice is not shown."""
        for name in FILTER:
            wahlen = ergebnis.wahlen[name]
            feld: Any = self.fields[name]
            feld.widget.choices = [("", ALLE[name]), *((w.wert, f"{w.name} ({w.anzahl})") for w in wahlen)]
        angebote = [n for n in FILTER if len(ergebnis.wahlen[n]) > 1 or n in ergebnis.anfrage.gewaehlt]
        self.angebote = [self[name] for name in angebote]
