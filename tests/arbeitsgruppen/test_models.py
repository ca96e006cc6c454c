"""The rules, addresses and ids of the groups' models."""

import pytest
from django.core import serializers
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import IntegrityError, transaction

from arbeitsgruppen.models import (
    KENNUNG_LAENGE,
    KENNUNG_ZEICHEN,
    Aeusserung,
    neue_kennung,
)
from konferenz.models import Konferenz, Person
from tests.fabriken import (
    AbschnittFactory,
    AeusserungFactory,
    ArbeitsgruppeFactory,
    ModerationFactory,
    ProgrammpunktFactory,
)
from tests.konferenz.test_models import abgelehnt

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("fabrik", "werte", "meldung"),
    [
        (ArbeitsgruppeFactory, {"nummer": 0}, "Die Nummern der Arbeitsgruppen beginnen mit 1."),
        (ArbeitsgruppeFactory, {"titel": ""}, "Eine Arbeitsgruppe braucht einen Titel."),
        (AbschnittFactory, {"ueberschrift": ""}, "Ein Abschnitt braucht eine Überschrift."),
        (AeusserungFactory, {"text": ""}, "Eine Äußerung braucht einen Text."),
    ],
)
def test_ungueltiges_objekt_lehnen_formular_und_datenbank_ab(fabrik, werte, meldung):
    objekt = fabrik()
    for feld, wert in werte.items():
        setattr(objekt, feld, wert)
    abgelehnt(objekt, meldung)


@pytest.mark.parametrize(
    ("fabrik", "felder", "meldung"),
    [
        (ArbeitsgruppeFactory, ["konferenz", "nummer"], "hat schon eine Arbeitsgruppe mit dieser Nummer."),
        (
            ModerationFactory,
            ["arbeitsgruppe", "position"],
            "Diese Stelle in der Moderation ist schon",
        ),
        (ModerationFactory, ["arbeitsgruppe", "person"], "Diese Person moderiert die Arbeitsgruppe schon."),
        (
            AbschnittFactory,
            ["arbeitsgruppe", "position"],
            "Diese Stelle in der Arbeitsgruppe ist schon",
        ),
        (AeusserungFactory, ["abschnitt", "position"], "Diese Stelle im Abschnitt ist schon besetzt."),
    ],
)
def test_einmaliges_wird_beim_zweiten_mal_abgelehnt(fabrik, felder, meldung):
    erstes, zweites = fabrik(), fabrik()
    for feld in felder:
        setattr(zweites, feld, getattr(erstes, feld))
    if "person" in felder:
        zweites.position = 2
    abgelehnt(zweites, meldung)


def test_unterpunkt_zaehlt_unter_seiner_aeusserung():
    aeusserung, andere = AeusserungFactory.create_batch(2, abschnitt=AbschnittFactory())
    erster = AeusserungFactory(uebergeordnet=aeusserung)
    AeusserungFactory(uebergeordnet=andere, position=erster.position).full_clean()
    zweiter = AeusserungFactory(uebergeordnet=aeusserung)
    zweiter.position = erster.position
    abgelehnt(zweiter, "Diese Stelle unter der Äußerung ist schon besetzt.")


def test_vor_einem_unterpunkt_beginnt_keine_seite():
    unterpunkt = AeusserungFactory(uebergeordnet=AeusserungFactory())
    unterpunkt.neue_seite = True
    abgelehnt(unterpunkt, "Vor einem Unterpunkt kann keine neue Seite beginnen.")


def test_gruppe_im_programmpunkt_einer_anderen_konferenz_wird_abgelehnt():
    gruppe = ArbeitsgruppeFactory()
    gruppe.programmpunkt = ProgrammpunktFactory()
    with pytest.raises(ValidationError, match="gehört zu einer anderen Konferenz"):
        gruppe.full_clean()
    gruppe.programmpunkt = ProgrammpunktFactory(konferenz=gruppe.konferenz)
    gruppe.full_clean()


def test_eintraege_sind_aeusserungen_ohne_unterpunkte():
    eintrag = AeusserungFactory()
    AeusserungFactory(uebergeordnet=eintrag)
    assert list(Aeusserung.objects.eintraege()) == [eintrag]


@pytest.mark.parametrize(
    ("objekt", "text"),
    [
        (lambda: ArbeitsgruppeFactory(nummer=3, titel="Wohnen"), "AG 3: Wohnen"),
        (lambda: AbschnittFactory(ueberschrift="Wo hakt es?"), "Wo hakt es?"),
        (lambda: AeusserungFactory(text="x" * 80), "x" * 80),
        (lambda: AeusserungFactory(text="x" * 81), "x" * 79 + "…"),
        (
            lambda: ModerationFactory(person__vorname="Lutz", person__nachname="Weiß", angabe="Ulm"),
            "Lutz Weiß, Ulm",
        ),
        (lambda: ModerationFactory(person__vorname="Lutz", person__nachname="Weiß", angabe=""), "Lutz Weiß"),
    ],
)
def test_objekt_nennt_sich_selbst(objekt, text):
    assert str(objekt()) == text


def test_gruppe_und_aeusserung_haben_adressen():
    gruppe = ArbeitsgruppeFactory(konferenz__slug="fachtag-2021", nummer=3)
    assert gruppe.get_absolute_url() == "/fachtag-2021/ag/3/"
    assert AeusserungFactory(kennung="b2c3d4").get_absolute_url() == "/a/b2c3d4/"


# The Kennung


def test_kennung_ist_kurz_und_unverwechselbar():
    kennung = AeusserungFactory().kennung
    assert len(kennung) == KENNUNG_LAENGE
    assert set(kennung) <= set(KENNUNG_ZEICHEN)
    assert not set("01aeiouylnsxv") & set(KENNUNG_ZEICHEN)
    assert len(set(KENNUNG_ZEICHEN)) == len(KENNUNG_ZEICHEN) == 23


def test_kennung_gibt_es_nur_einmal():
    kennung = AeusserungFactory().kennung
    with pytest.raises(IntegrityError), transaction.atomic():
        AeusserungFactory(kennung=kennung)


@pytest.mark.parametrize("geloescht", [False, True])
def test_vergebene_kennung_wird_nie_wieder_vergeben(geloescht):
    kennung = neue_kennung("dieselbe Saat")
    assert neue_kennung("dieselbe Saat") == kennung
    vergeben = AeusserungFactory(kennung=kennung)
    if geloescht:
        vergeben.delete()
    assert neue_kennung("dieselbe Saat") != kennung


def test_kennung_ueberdauert_bearbeiten_und_umziehen():
    aeusserung = AeusserungFactory()
    kennung = aeusserung.kennung
    aeusserung.text = "Anders"
    aeusserung.abschnitt = AbschnittFactory()
    aeusserung.position = 7
    aeusserung.save()
    assert Aeusserung.objects.get(pk=aeusserung.pk).kennung == kennung


# Fixtures


def test_fixture_mit_natuerlichen_schluesseln_stellt_die_gruppen_wieder_her(tmp_path):
    gruppe = ArbeitsgruppeFactory()
    ModerationFactory.create_batch(2, arbeitsgruppe=gruppe)
    abschnitt = AbschnittFactory(arbeitsgruppe=gruppe)
    aeusserung = AeusserungFactory(abschnitt=abschnitt)
    unterpunkt = AeusserungFactory(uebergeordnet=aeusserung)
    objekte = [
        gruppe.konferenz,
        *Person.objects.all(),
        gruppe,
        *gruppe.moderationen.all(),
        abschnitt,
        aeusserung,
        unterpunkt,
    ]
    datei = tmp_path / "gruppe.json"
    datei.write_text(
        serializers.serialize("json", objekte, use_natural_foreign_keys=True, use_natural_primary_keys=True),
        encoding="utf-8",
    )
    gruppe.konferenz.delete()
    Person.objects.all().delete()
    # Other rows in between, so that the old primary keys mean something else.
    AeusserungFactory(uebergeordnet=AeusserungFactory())

    for _ in range(2):
        call_command("loaddata", datei, verbosity=0)
    wieder = Konferenz.objects.get(slug=gruppe.konferenz.slug).arbeitsgruppen.get()
    assert [m.position for m in wieder.moderationen.all()] == [1, 2]
    eintrag = wieder.abschnitte.get().aeusserungen.get(uebergeordnet=None)
    assert eintrag.kennung == aeusserung.kennung
    assert eintrag.unterpunkte.get().kennung == unterpunkt.kennung
