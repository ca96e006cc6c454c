"""The rules, addresses and ids of the groups' models."""

import secrets

import pytest
from django.core import serializers
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import IntegrityError, transaction

from arbeitsgruppen.models import (
    KENNUNG_LAENGE,
    KENNUNG_ZEICHEN,
    Abschnitt,
    Aeusserung,
    neue_kennung,
)
from konferenz.models import Konferenz, Person
from tests.fabriken import (
    AbschnittFactory,
    AeusserungFactory,
    ArbeitsgruppeFactory,
    KonferenzFactory,
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
def test_what_an_object_may_not_be_is_refused_by_form_and_database(fabrik, werte, meldung):
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
def test_what_is_there_once_is_refused_the_second_time(fabrik, felder, meldung):
    erstes, zweites = fabrik(), fabrik()
    for feld in felder:
        setattr(zweites, feld, getattr(erstes, feld))
    if "person" in felder:
        zweites.position = 2
    abgelehnt(zweites, meldung)


def test_a_sub_point_is_numbered_under_its_statement():
    aeusserung, andere = AeusserungFactory.create_batch(2, abschnitt=AbschnittFactory())
    erster = AeusserungFactory(uebergeordnet=aeusserung)
    AeusserungFactory(uebergeordnet=andere, position=erster.position).full_clean()
    zweiter = AeusserungFactory(uebergeordnet=aeusserung)
    zweiter.position = erster.position
    abgelehnt(zweiter, "Diese Stelle unter der Äußerung ist schon besetzt.")


def test_no_page_begins_in_front_of_a_sub_point():
    unterpunkt = AeusserungFactory(uebergeordnet=AeusserungFactory())
    unterpunkt.neue_seite = True
    abgelehnt(unterpunkt, "Vor einem Unterpunkt kann keine neue Seite beginnen.")


def test_a_slot_of_another_conference_is_refused():
    gruppe = ArbeitsgruppeFactory()
    gruppe.programmpunkt = ProgrammpunktFactory()
    with pytest.raises(ValidationError, match="gehört zu einer anderen Konferenz"):
        gruppe.full_clean()
    gruppe.programmpunkt = ProgrammpunktFactory(konferenz=gruppe.konferenz)
    gruppe.full_clean()


def test_entries_and_what_the_participants_said_are_told_apart():
    eigene = AeusserungFactory()
    unterpunkt = AeusserungFactory(uebergeordnet=eigene)
    fremde = [
        AeusserungFactory(abschnitt__herkunft=herkunft)
        for herkunft in (Abschnitt.Herkunft.RUECKBLICK, Abschnitt.Herkunft.LEITFRAGE)
    ]
    assert set(Aeusserung.objects.eintraege()) == {eigene, *fremde}
    assert set(Aeusserung.objects.der_teilnehmenden()) == {eigene, unterpunkt}


def test_statements_of_drafts_are_not_public():
    AeusserungFactory()
    offene = {
        AeusserungFactory(abschnitt__arbeitsgruppe__konferenz=KonferenzFactory(**{zustand: True}))
        for zustand in ("veroeffentlicht", "archiviert")
    }
    assert set(Aeusserung.objects.oeffentlich()) == offene


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
def test_an_object_names_itself(objekt, text):
    assert str(objekt()) == text


def test_group_and_statement_have_addresses():
    gruppe = ArbeitsgruppeFactory(konferenz__slug="fachtag-2021", nummer=3)
    assert gruppe.get_absolute_url() == "/fachtag-2021/ag/3/"
    assert AeusserungFactory(kennung="b2c3d4").get_absolute_url() == "/a/b2c3d4/"


# The Kennung


def test_a_kennung_is_short_and_cannot_be_misread():
    kennung = AeusserungFactory().kennung
    assert len(kennung) == KENNUNG_LAENGE
    assert set(kennung) <= set(KENNUNG_ZEICHEN)
    assert not set("01aeiouylnsxv") & set(KENNUNG_ZEICHEN)
    assert len(set(KENNUNG_ZEICHEN)) == len(KENNUNG_ZEICHEN) == 23


def test_a_kennung_exists_once():
    kennung = AeusserungFactory().kennung
    with pytest.raises(IntegrityError), transaction.atomic():
        AeusserungFactory(kennung=kennung)


@pytest.mark.parametrize("geloescht", [False, True])
def test_a_kennung_that_a_statement_has_or_had_is_not_given_out_again(monkeypatch, geloescht):
    vergeben = AeusserungFactory(kennung="222222")
    if geloescht:
        vergeben.delete()
    zeichen = iter("222222" + "333333")
    monkeypatch.setattr(secrets, "choice", lambda _: next(zeichen))
    assert neue_kennung() == "333333"


def test_a_kennung_survives_editing_and_moving():
    aeusserung = AeusserungFactory()
    kennung = aeusserung.kennung
    aeusserung.text = "Anders"
    aeusserung.abschnitt = AbschnittFactory()
    aeusserung.position = 7
    aeusserung.save()
    assert Aeusserung.objects.get(pk=aeusserung.pk).kennung == kennung


# Fixtures


def test_a_fixture_with_natural_keys_restores_the_groups(tmp_path):
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
