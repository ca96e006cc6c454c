"""Forms about accounts: signing in, passwords, invitations."""

from collections.abc import Iterable
from typing import Any

from axes.utils import reset as entsperren
from django import forms
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth import authenticate
from django.contrib.auth.forms import PasswordChangeForm, SetPasswordForm, UsernameField
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from konferenz import konten, sitzung, zweiter_faktor
from konferenz.berechtigungen import MODERATION, ROLLEN
from konferenz.models import Konferenz
from konferenz.reihenfolge import StandForm, ganzzahl


class Anmeldeform(AdminAuthenticationForm):
    """Signing in with the user name or the mail address, in any spelling."""

    error_messages = {
        **AdminAuthenticationForm.error_messages,
        "invalid_login": "Mit diesem Namen und diesem Kennwort ist keine Anmeldung möglich. "
        "Prüfen Sie beides; beim Kennwort zählt auch Groß- und Kleinschreibung.",
    }

    username = UsernameField(
        label="E-Mail-Adresse oder Benutzername",
        widget=forms.TextInput(attrs={"autofocus": True, "autocomplete": "username"}),
    )
    password = forms.CharField(
        label="Kennwort",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def clean_username(self) -> str:
        """Return the name of the account that is meant, by which failed attempts are counted too."""
        return konten.anmeldename(self.cleaned_data["username"])


class VergessenForm(forms.Form):
    """To whom a link for a new password goes."""

    email = forms.EmailField(
        label="E-Mail-Adresse",
        max_length=254,
        help_text="Die Adresse, an die Sie eingeladen wurden.",
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )


class KennwortForm(SetPasswordForm):
    """A new password, typed twice."""

    error_messages = {
        **PasswordChangeForm.error_messages,
        "password_mismatch": "Die beiden Kennwörter sind nicht gleich. Geben Sie sie bitte noch einmal ein.",
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        erstes, zweites = self.fields["new_password1"], self.fields["new_password2"]
        erstes.label, zweites.label = "Neues Kennwort", "Neues Kennwort noch einmal"
        erstes.help_text = (
            "Mindestens 8 Zeichen, nicht nur Ziffern, kein Kennwort, das viele benutzen, "
            "und nichts, was Ihrem Namen ähnelt."
        )
        zweites.help_text = ""

    def add_error(self, field: str | None, error: Any) -> None:
        """Name it as we do: Django's checks of a password call it „Passwort“."""
        meldungen = error.messages if isinstance(error, ValidationError) else [str(error)]
        super().add_error(field, [meldung.replace("Passwort", "Kennwort") for meldung in meldungen])

    def save(self, commit: bool = True) -> User:
        """Store the password; attempts that failed before no longer lock the account."""
        konto: User = super().save(commit)
        entsperren(username=konto.username)
        return konto


class KennwortAendernForm(KennwortForm, PasswordChangeForm):
    """Another password for who knows the present one."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["old_password"].label = "Bisheriges Kennwort"


class Codefeld(forms.CharField):
    """The code of an app, or a recovery code, in groups of digits or without."""

    def __init__(self, **kwargs: Any) -> None:
        attribute = {"autocomplete": "one-time-code", "inputmode": "numeric", "autocapitalize": "off"}
        super().__init__(max_length=30, widget=forms.TextInput(attrs=attribute), **kwargs)


class CodeForm(forms.Form):
    """A code of an account that has a second factor; checking it uses it up."""

    code = Codefeld(
        label="Code",
        help_text="Sechs Ziffern aus der App, oder einer Ihrer Wiederherstellungscodes.",
    )

    def __init__(self, request: HttpRequest, konto: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._request, self._konto = request, konto

    def clean_code(self) -> str:
        """Return the code. Raise ValidationError where it doesn't fit, or too many didn't."""
        code: str = self.cleaned_data["code"]
        try:
            if zweiter_faktor.pruefen(self._request, self._konto, code):
                return code
        except zweiter_faktor.Gesperrt as gesperrt:
            if not gesperrt.ueberall:
                self._request.axes_locked_out = True  # type: ignore[attr-defined]  # axes shows its page
            raise ValidationError(
                "Zu diesem Konto kamen zu viele falsche Codes. Warten Sie eine Stunde, oder bitten Sie die "
                "Organisation der Konferenz, den zweiten Faktor zurückzusetzen."
            ) from gesperrt
        except zweiter_faktor.Unlesbar as fehler:
            raise ValidationError(
                "Der zweite Faktor dieses Kontos lässt sich nicht mehr prüfen, weil die Anwendung einen "
                "neuen Schlüssel hat. Bitten Sie die Organisation der Konferenz, ihn zurückzusetzen."
            ) from fehler
        raise ValidationError(
            "Dieser Code stimmt nicht, oder er wurde schon benutzt. Geben Sie den ein, den die App jetzt "
            "zeigt; er wechselt alle 30 Sekunden. Zeigt die App immer falsche, geht vielleicht die Uhr des "
            "Geräts falsch."
        )


class EinrichtenForm(forms.Form):
    """The first code of a new second factor, and the password of who is signed in already."""

    kennwort = forms.CharField(
        label="Ihr Kennwort",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        help_text="Damit niemand anders an Ihrem Gerät einen zweiten Faktor einrichtet.",
    )
    code = Codefeld(label="Code aus der App", help_text="Die sechs Ziffern, die die App jetzt zeigt.")

    def __init__(
        self, request: HttpRequest, konto: User, geheimnis: str, angemeldet: bool, *args: Any, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self._request, self._konto, self._geheimnis = request, konto, geheimnis
        self.codes: list[str] = []
        self._bestaetigt: Any = None
        if not angemeldet:  # the password was asked for a moment ago
            del self.fields["kennwort"]

    def clean_kennwort(self) -> str:
        """Return the password. Raise ValidationError where it is wrong, which counts as when signing in."""
        kennwort: str = self.cleaned_data["kennwort"]
        self._bestaetigt = authenticate(self._request, username=self._konto.username, password=kennwort)
        if self._bestaetigt != self._konto:
            raise ValidationError("Das Kennwort stimmt nicht.")
        return kennwort

    def clean(self) -> dict[str, Any] | None:
        """Set up the second factor with the code, and keep its recovery codes in `codes`.

        Who was signed in already stays so here only; elsewhere the sessions of the account end.
        """
        daten = super().clean()
        if not self.errors:
            codes = zweiter_faktor.einrichten(self._konto, self._geheimnis, self.cleaned_data["code"])
            if codes is None:
                self.add_error(
                    "code",
                    "Dieser Code stimmt nicht. Geben Sie den ein, den die App jetzt zeigt. Bleibt er falsch, "
                    "prüfen Sie die Uhrzeit des Geräts, oder löschen Sie den Eintrag in der App und fügen "
                    "ihn neu hinzu.",
                )
            else:
                self.codes = codes
                if self._bestaetigt:
                    sitzung.andere_beenden(self._request, self._bestaetigt, self.cleaned_data["kennwort"])
        return daten


class Gruppenauswahl(forms.CheckboxSelectMultiple):
    """Check boxes for groups, those of a conference together, with hidden copies of what was stored."""

    gezeigt: Iterable[int] = ()

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        """Draw them with a template of the project, which widgets' own loader doesn't find."""
        kontext = {**self.get_context(name, value, attrs), "gezeigt": self.gezeigt}
        return render_to_string("admin/konten/gruppenauswahl.html", kontext)


class Gruppenfeld(forms.ModelMultipleChoiceField):
    """The chosen groups; what can't be the key of one is refused before the database sees it."""

    def clean(self, value: Any) -> Any:
        """Return the groups. Raise ValidationError for what is none."""
        for schluessel in value or []:
            if ganzzahl(schluessel) is None:
                raise ValidationError(
                    self.error_messages["invalid_choice"], code="invalid_choice", params={"value": schluessel}
                )
        return super().clean(value)


def _rollenwahl() -> list[tuple[str, str]]:
    return [(rolle, f"{rolle}: {konten.ROLLENTEXTE[rolle]}") for rolle in ROLLEN]


def schon_vorhanden(konto: User) -> str:
    """Return what to say to somebody who gives an address that this account has."""
    rolle = konten.rolle(konto) or "ohne Rolle"
    return format_html(
        'Mit dieser Adresse gibt es schon ein Konto: <a href="{}">{} ({})</a>. '
        "Dort lassen sich Rolle und Gruppen ändern und eine neue Einladung senden.",
        reverse("admin:auth_user_change", args=[konto.pk]),
        konten.name(konto),
        rolle if konto.is_active else f"{rolle}, deaktiviert",
    )


class KontoForm(StandForm):
    """An account as the Organisation sees it: person, role, groups, and whether it is in use.

    What two people change in it at the same time is kept, ticks of groups included.
    """

    rolle = forms.ChoiceField(label="Rolle", choices=_rollenwahl, widget=forms.RadioSelect)
    gruppen = Gruppenfeld(
        User.objects.none(),
        label="Arbeitsgruppen",
        required=False,
        widget=Gruppenauswahl,
        help_text="Nur für die Moderation: die Gruppen, die dieses Konto erfassen darf.",
    )

    class Meta:
        model = User
        fields = ["first_name", "last_name", "email", "is_active"]
        labels = {"email": "E-Mail-Adresse", "is_active": "in Benutzung"}
        help_texts = {
            "email": "Dorthin gehen Einladung und Links, und damit meldet sich die Person an.",
            "is_active": "Ohne Häkchen ist keine Anmeldung möglich. Was die Person erfasst hat, bleibt.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for pflicht in {"first_name", "last_name", "email"} & self.fields.keys():
            self.fields[pflicht].required = True
        if "email" in self.fields:
            self.fields["email"].validators.append(MaxLengthValidator(150))  # as a user name
        self.zugeordnet = frozenset(self.instance.arbeitsgruppen.all() if self.instance.pk else ())
        if "rolle" in self.fields:
            self.initial["rolle"] = konten.rolle(self.instance) if self.instance.pk else ""
            self.initial["gruppen"] = [gruppe.pk for gruppe in self.zugeordnet]
            self._gruppen_anbieten(self.fields["gruppen"])

    def _gruppen_anbieten(self, feld: Any) -> None:
        feld.queryset = konten.gruppen()
        je_konferenz: dict[str, list[tuple[int, str]]] = {}
        for gruppe in feld.queryset:
            if gruppe.konferenz.status != Konferenz.Status.ARCHIVIERT or gruppe in self.zugeordnet:
                je_konferenz.setdefault(str(gruppe.konferenz), []).append((gruppe.pk, str(gruppe)))
        feld.choices = list(je_konferenz.items())
        feld.widget.gezeigt = self._gezeigte_gruppen() if self.is_bound else self.initial["gruppen"]

    def clean_email(self) -> str:
        """Refuse an address that another account has, and lead there."""
        adresse: str = self.cleaned_data["email"]
        anderes = konten.gleichnamige(adresse).exclude(pk=self.instance.pk).first()
        if anderes is not None:
            raise ValidationError(schon_vorhanden(anderes))
        return adresse

    def clean_rolle(self) -> str:
        """Return the chosen role, or the present one where nobody chose another here."""
        gewaehlt: str = self.cleaned_data["rolle"]
        return gewaehlt if "rolle" in self.changed_data else konten.rolle(self.instance) or gewaehlt

    def clean_gruppen(self) -> set[Any]:
        """Return the present groups with those that were ticked here and without those unticked here."""
        gewaehlt = {gruppe.pk: gruppe for gruppe in self.cleaned_data["gruppen"]}
        gezeigt = self._gezeigte_gruppen()
        hinzu = {gruppe for pk, gruppe in gewaehlt.items() if pk not in gezeigt}
        return hinzu | {gruppe for gruppe in self.zugeordnet if gruppe.pk not in gezeigt - gewaehlt.keys()}

    def _gezeigte_gruppen(self) -> set[int | None]:
        return {ganzzahl(pk) for pk in self.data.getlist("gruppen-gezeigt")}  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Refuse to give groups to a role that writes none."""
        daten = super().clean() or self.cleaned_data
        if daten.get("rolle") not in (None, MODERATION) and daten.get("gruppen", set()) - self.zugeordnet:
            self.add_error(
                "gruppen",
                "Arbeitsgruppen lassen sich nur der Moderation zuordnen. "
                "Wählen Sie diese Rolle, oder nehmen Sie die Häkchen heraus.",
            )
        return daten

    def aenderungen(self) -> str:
        """Return in words what was changed, as it was and as it is, for the history of the account."""
        alt, neu = self.initial, self.cleaned_data
        felder = [name for name in ("first_name", "last_name", "email", "rolle") if name in neu]
        zeilen = [
            f"{self.fields[name].label}: {alt.get(name) or '–'} → {neu[name]}"
            for name in felder
            if alt.get(name) != neu[name]
        ]
        if "gruppen" in neu:
            jetzt = neu["gruppen"] if neu["rolle"] == MODERATION else frozenset()
            zeilen += [f"zugeordnet: {_mit_jahr(gruppe)}" for gruppe in jetzt - self.zugeordnet]
            zeilen += [f"nicht mehr zugeordnet: {_mit_jahr(gruppe)}" for gruppe in self.zugeordnet - jetzt]
        if "is_active" in neu and alt["is_active"] != neu["is_active"]:
            zeilen.append("wieder in Benutzung" if neu["is_active"] else "deaktiviert")
        return ". ".join(zeilen) + "." if zeilen else "Nichts geändert."


def _mit_jahr(gruppe: Any) -> str:
    return f"AG {gruppe.nummer} ({gruppe.konferenz})"


class EinladungForm(KontoForm):
    """A person who gets an account."""

    class Meta(KontoForm.Meta):
        fields = ["first_name", "last_name", "email"]

    def anlegen(self) -> User:
        """Create and return the account; raises IntegrityError where the address was taken meanwhile."""
        daten = self.cleaned_data
        return konten.anlegen(
            vorname=daten["first_name"],
            nachname=daten["last_name"],
            adresse=daten["email"],
            rolle=daten["rolle"],
            gruppen=daten["gruppen"],
        )
