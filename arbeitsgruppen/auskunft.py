"""What is stored about a person: the answer that Art. 15 GDPR asks for.

A person may be one of those documented, somebody named in a text, the owner of an account, or all of them.
Where names can stand namensloeschung.py knows: what it erases is what is reported here.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from allauth.mfa.models import Authenticator
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.db import models
from django.db.models import Max, Min
from django.utils import timezone

from arbeitsgruppen.models import Moderation, Quelldatei
from arbeitsgruppen.namensloeschung import (
    MIT_VERLAUF,
    TABELLEN,
    NichtGefunden,
    feldname,
    gesuchte,
    ort,
    textfelder,
)
from arbeitsgruppen.nennung import Nennung
from konferenz import anmeldeprotokoll, konten, zweiter_faktor
from konferenz.models import Importstand, Person

PERSON, TEXT, FRUEHER, IMPORT, KONTO, ANMELDUNG, VIELLEICHT = (
    "Person",
    "Text",
    "früherer Stand",
    "Import",
    "Konto",
    "Anmeldung",
    "vielleicht (nur der Nachname)",
)


@dataclass(frozen=True, slots=True)
class Angabe:
    """One thing that is stored: of which kind, where, what, and since when (None where nothing tells)."""

    art: str
    wo: str
    was: str
    seit: datetime | None = None


@dataclass(frozen=True, slots=True)
class Auskunft:
    """All that was found about somebody, and what a human being has to look into."""

    name: str
    stand: datetime
    angaben: tuple[Angabe, ...]
    pruefen: tuple[str, ...]

    def als_daten(self) -> dict[str, Any]:
        """Return the same as JSON can hold it, points of time in ISO 8601."""
        return {
            "name": self.name,
            "stand": self.stand.isoformat(),
            "angaben": [{**asdict(a), "seit": a.seit.isoformat() if a.seit else None} for a in self.angaben],
            "pruefen": list(self.pruefen),
        }


def auskunft(name: str) -> Auskunft:
    """Return what is stored about everybody called so; `name` may also be a user name or a mail address.

    Raises NichtGefunden where there is nothing, and where the name has no surname and is no account's.
    """
    eigene = list(konten.gleichnamige(name.strip()))
    if eigene and (genannt := " ".join(filter(None, (eigene[0].first_name, eigene[0].last_name)))):
        name = genannt
    try:
        nennung, personen = gesuchte(name)
    except NichtGefunden:
        if not eigene:
            raise
        nennung, personen = Nennung("", eigene[0].username), []
    weitere = [
        k for k in User.objects.all() if nennung.ist(k.first_name, k.last_name) or nennung.in_text(k.email)
    ]
    alle = list(dict.fromkeys([*eigene, *weitere]))
    angaben = (
        *_personen(personen),
        *_fruehere_personen(nennung, personen),
        *_texte(nennung),
        *_importe(nennung),
        *(angabe for konto in alle for angabe in _konto(konto)),
    )
    if not angaben:
        raise NichtGefunden(f"Über „{name}“ ist nichts gespeichert. Prüfen Sie die Schreibung des Namens.")
    return Auskunft(str(nennung), timezone.now(), angaben, tuple(_pruefen(personen)))


def _personen(personen: list[int]) -> Iterator[Angabe]:
    """Yield what the documentation says of persons: their entries, what they moderated, their talks."""
    for person in Person.objects.filter(pk__in=personen):
        seit = Person.history.filter(id=person.pk).aggregate(erste=Min("history_date"))["erste"]
        for feld in textfelder(Person):
            if wert := getattr(person, feld.attname):
                yield Angabe(PERSON, f"Person {person.pk}, {feldname(Person, feld.name)}", wert, seit)
        for moderation in Moderation.objects.filter(person=person).select_related("arbeitsgruppe__konferenz"):
            gruppe = moderation.arbeitsgruppe
            zusatz = f", vorgestellt als „{moderation.angabe}“" if moderation.angabe else ""
            wo = f"Person {person.pk}, Moderation"
            yield Angabe(PERSON, wo, f"AG {gruppe.nummer} ({gruppe.konferenz}){zusatz}")
        for vortrag in person.vortraege.select_related("konferenz"):
            yield Angabe(PERSON, f"Person {person.pk}, Vortrag", f"{vortrag} ({vortrag.konferenz})")


def _fruehere_personen(nennung: Nennung, personen: list[int]) -> Iterator[Angabe]:
    """Yield entries of those who were called so and are gone, or called otherwise by now."""
    zeilen = Person.history.exclude(id__in=personen).order_by("history_date")
    for zeile in zeilen:
        if nennung.ist(zeile.vorname, zeile.nachname):
            angaben = (zeile.titel, zeile.vorname, zeile.nachname, zeile.organisation, zeile.ort)
            yield Angabe(FRUEHER, f"Person {zeile.id}", " ".join(filter(None, angaben)), zeile.history_date)


def _texte(nennung: Nennung) -> Iterator[Angabe]:
    """Yield every text that names the person, today and formerly."""
    for modell in TABELLEN:
        frueher = _fruehere(nennung, modell) if modell in MIT_VERLAUF else {}
        for zeile in modell._base_manager.all():
            for feld in textfelder(modell):
                wert = getattr(zeile, feld.attname)
                wo = f"{ort(zeile)}, {feldname(modell, feld.name)}"
                if _nennt(nennung, feld, wert):
                    staende = frueher.pop((zeile.pk, feld.attname), [])
                    yield Angabe(TEXT, wo, str(wert), min((zeit for zeit, _ in staende), default=None))
                elif modell is not Person and isinstance(wert, str) and nennung.vielleicht_in(wert):
                    yield Angabe(VIELLEICHT, wo, wert)
        for (pk, name), staende in frueher.items():
            wo = f"{modell._meta.verbose_name} {pk}, {feldname(modell, name)}"
            erster, _ = min(staende)
            yield Angabe(FRUEHER, wo, max(staende)[1], erster)


def _fruehere(nennung: Nennung, modell: Any) -> dict[tuple[Any, str], list[tuple[datetime, str]]]:
    """Return the lines of a history that name the person, by row and field: when, and what they said."""
    staende = defaultdict(list)
    for zeile in modell.history.all():
        for feld in textfelder(modell):
            if _nennt(nennung, feld, wert := getattr(zeile, feld.attname)):
                staende[zeile.id, feld.attname].append((zeile.history_date, str(wert)))
    return staende


def _nennt(nennung: Nennung, feld: Any, wert: Any) -> bool:
    if isinstance(feld, models.JSONField):
        return bool(nennung.ohne_in(wert) != wert)
    if isinstance(feld, models.FileField | models.SlugField):
        return nennung.in_adresse(str(wert))
    return bool(wert) and nennung.in_text(wert)


def _importe(nennung: Nennung) -> Iterator[Angabe]:
    """Yield which imports wrote the name; what they wrote else stands in the rows themselves."""
    for importstand in Importstand.objects.select_related("konferenz"):
        if nennung.ohne_in(importstand.stand) != importstand.stand or nennung.in_text(importstand.quelle):
            wo = f"Importstand „{importstand.konferenz}“"
            yield Angabe(IMPORT, wo, f"Datei {importstand.quelle}", importstand.zeitpunkt)


def _konto(konto: User) -> Iterator[Angabe]:
    """Yield what is stored of an account: the entry, what it left behind, sign-ins, open sessions."""
    wo = f"Konto „{konto.username}“"
    felder = {
        "Name": konto.get_full_name(),
        "E-Mail-Adresse": konto.email,
        "Rolle": konten.rolle(konto),
        "Zustand": "in Benutzung" if konto.is_active else "deaktiviert",
        "Kennwort": "gesetzt, gespeichert ist nur ein Abdruck" if konto.has_usable_password() else "",
        "Arbeitsgruppen": ", ".join(
            f"AG {g.nummer} ({g.konferenz})" for g in konten.gruppen().filter(konten=konto)
        ),
        "zweiter Faktor": (
            "eingerichtet; gespeichert sind sein Schlüssel und der der Wiederherstellungscodes, verschlüsselt"
            if zweiter_faktor.hat(konto)
            else ""
        ),
    }
    for name, wert in felder.items():
        if wert:
            yield Angabe(KONTO, f"{wo}, {name}", wert, konto.date_joined)
    if konto.last_login:
        yield Angabe(
            KONTO, f"{wo}, letzte Anmeldung", f"{timezone.localtime(konto.last_login):%d.%m.%Y %H:%M}"
        )
    yield from _hinterlassenes(konto, wo)
    for eintrag in anmeldeprotokoll.eintraege(timezone.now() - timedelta(days=3650), konto.username):
        yield Angabe(ANMELDUNG, wo, f"{eintrag.was} {eintrag.adresse}".strip(), eintrag.zeit)
    for sitzung in Session.objects.filter(expire_date__gt=timezone.now()):
        if sitzung.get_decoded().get("_auth_user_id") == str(konto.pk):
            yield Angabe(ANMELDUNG, wo, f"offene Sitzung bis {sitzung.expire_date:%d.%m.%Y %H:%M}")


def _hinterlassenes(konto: User, wo: str) -> Iterator[Angabe]:
    """Yield how many rows of which kind point to an account, whatever they are, and from when to when."""
    for beziehung in User._meta.get_fields(include_hidden=True):
        if not isinstance(beziehung, models.ManyToOneRel) or beziehung.related_model is Authenticator:
            continue
        modell: Any = beziehung.related_model
        zeilen = modell._base_manager.filter(**{beziehung.field.name: konto})
        zeiten = [f.name for f in modell._meta.fields if isinstance(f, models.DateTimeField)]
        zeit = "history_date" if "history_date" in zeiten else next(iter(zeiten), "")
        if anzahl := zeilen.count():
            spanne = zeilen.aggregate(a=Min(zeit), e=Max(zeit)) if zeit else {"a": None, "e": None}
            bis = f", zuletzt am {timezone.localtime(spanne['e']):%d.%m.%Y}" if spanne["e"] else ""
            yield Angabe(
                KONTO, f"{wo}, {modell._meta.verbose_name_plural}", f"{anzahl} Einträge{bis}", spanne["a"]
            )


def _pruefen(personen: list[int]) -> Iterator[str]:
    """Yield what only a human being can look into."""
    for datei in Quelldatei.objects.filter(arbeitsgruppe__moderierende__in=personen).distinct():
        yield f"{ort(datei)}: Der Inhalt der Datei ist nicht durchsucht."
    yield "Sicherungen, Protokolle des Webservers, Hefte und Daten, die jemand heruntergeladen hat."
