"""The folding of texts for searching: what becomes what, and that it is the same everywhere."""

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from konferenz.faltung import falten, ganze, stellen
from konferenz.models import Person

# What German texts hold, and what they hold rarely; PostgreSQL stores no NUL.
TEXTE = st.text(
    alphabet=st.one_of(
        st.sampled_from("aäAÄBCeouüsßẞ  -–„“*:/()'’.|\n\xad\u200b\u0308éÇğışøæ½"),
        st.characters(exclude_characters="\0", exclude_categories=["Cs"]),
    )
)


@pytest.mark.parametrize(
    ("text", "gefaltet"),
    [
        ("", " "),
        ("Ämter für Übergänge", " amter fur ubergange "),
        ("Straße, STRASSE", " strasse strasse "),
        ("Online-Nachhilfe", " online nachhilfe | onlinenachhilfe "),
        ("Haupt- und Ehrenamt", " haupt und ehrenamt "),
        ("Lehrer*innen, Kolleg:innen", " lehrer innen kolleg innen | lehrerinnen kolleginnen "),
        ("zwei\nZeilen\tund\xa0mehr", " zwei zeilen und mehr "),
        ("Integra\xadtion", " integration "),
        ("u\u0308ber", " uber "),
        ("Şükrü Çelik, Łódź", " sukru celik lodz "),
        ("ДАЙ мне", " даи мне "),
        ("a|b^c", " a b c "),
        ("IM im LRA-Team", " im im lra team | lrateam ^im ^lra "),
        ("KiTa, BÖW!", " kita bow | ^bow "),
    ],
)
def test_gefaltet_wird_was_lesende_fuer_dasselbe_halten(text, gefaltet):
    assert falten(text) == gefaltet


@given(TEXTE)
def test_gefaltetes_bleibt_beim_zweiten_mal_wie_es_ist(text):
    worte = falten(text).split("|")[0]
    assert falten(worte).split("|")[0] == worte or any(zeichen > "\u04ff" for zeichen in text)


@given(TEXTE)
def test_jedes_gefaltete_zeichen_weiss_woher_es_kommt(text):
    gefaltet, woher = stellen(text)
    assert gefaltet == falten(text).split("|")[0]
    assert len(woher) == len(gefaltet)
    assert woher == sorted(woher)


@given(TEXTE)
def test_jedes_ganze_weiss_wo_es_steht(text):
    hinten = falten(text).partition("|")[2].split()
    assert [ganzes for ganzes, _, _ in ganze(text)] == hinten
    for ganzes, beginn, ende in ganze(text):
        assert ganzes in falten(text[beginn:ende]).split()


@pytest.mark.django_db
@given(TEXTE)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_die_datenbank_faltet_wie_python(text):
    with connection.cursor() as zeiger:
        zeiger.execute("SELECT kd_falten(%s)", [text])
        assert zeiger.fetchone()[0] == falten(text)


@pytest.mark.django_db
def test_die_spalte_folgt_jeder_art_zu_schreiben():
    Person.objects.bulk_create([Person(vorname="Jörg", nachname="Weiß", ort="Köln")])
    person = Person.objects.get(gefaltet__contains=" weiss ")
    assert person.gefaltet == " jorg weiss koln "
    Person.objects.filter(pk=person.pk).update(nachname="Groß")
    person.refresh_from_db()
    assert person.gefaltet == " jorg gross koln "
