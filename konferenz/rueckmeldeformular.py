"""The form by which anybody says what is in the way; without an account, a cookie or a riddle."""

import time

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Fieldset, Layout, Submit
from django import forms
from django.core import signing
from django.core.exceptions import ValidationError
from django.http import QueryDict

from konferenz.models import Rueckmeldung
from konferenz.rueckmeldung import zu_viele
from konferenz.verwaltung import Textfeld

# Programs answer at once, and come back to forms that they have kept; people do neither.
FRUEHESTENS, SPAETESTENS = 3, 24 * 3600
SALZ = "rueckmeldung"


class RueckmeldeForm(forms.ModelForm):
    """A message about a barrier, with what keeps most programs out and nobody else.

    A field that nobody sees has to stay empty, and the time at which the form was made comes back, signed.
    Whatever is wrong, the same page sent once more is taken.
    """

    text = Textfeld(
        label="Was stört Sie, oder was fehlt Ihnen?",
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 8}),
        error_messages={
            "required": "Schreiben Sie, was Sie stört oder was Ihnen fehlt.",
            "max_length": "Eine Nachricht hat höchstens 10.000 Zeichen, Ihre hat %(show_value)d. "
            "Kürzen Sie sie bitte.",
        },
    )
    leer = forms.CharField(label="Dieses Feld bitte leer lassen", required=False)
    marke = forms.CharField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = Rueckmeldung
        fields = ["text", "seite", "name", "email"]
        labels = {
            "seite": "Auf welcher Seite? (freiwillig)",
            "name": "Ihr Name (freiwillig)",
            "email": "Ihre E-Mail-Adresse (freiwillig)",
        }
        help_texts = {
            "seite": "Ihre Adresse oder ihr Titel.",
            "email": "Nur wenn Sie eine Antwort möchten.",
        }
        error_messages = {
            "email": {
                "invalid": "Das ist keine E-Mail-Adresse. Sie sieht zum Beispiel so aus: name@example.de"
            }
        }
        widgets = {
            "name": forms.TextInput(attrs={"autocomplete": "name"}),
            "email": forms.EmailInput(attrs={"autocomplete": "email"}),
        }

    def __init__(self, data: QueryDict | None = None) -> None:
        super().__init__(_lesbar(data) if data is not None else None, initial={"marke": _neue_marke()})
        self.fields["leer"].widget.attrs["autocomplete"] = "off"
        self.helper = FormHelper()
        self.helper.form_class = "kd-formular"
        self.helper.attrs = {"novalidate": True}
        self.helper.disable_csrf = True
        self.helper.form_error_title = "Ihre Nachricht ist noch nicht angekommen"
        self.helper.layout = Layout(
            "text", "seite", "name", "email", Fieldset("", "leer", hidden=True), "marke", Submit("", "Senden")
        )

    def clean(self) -> None:
        """Refuse what a program sent, or too many messages at once, so that sending once more may help."""
        if self.cleaned_data.get("leer"):
            self._ersetzen("leer", "")
            raise ValidationError(
                "Ihre Nachricht sah aus wie von einem Programm. Senden Sie sie bitte noch einmal."
            )
        try:
            gemacht = signing.loads(self.cleaned_data.get("marke", ""), salt=SALZ, max_age=SPAETESTENS)
        except signing.BadSignature as fehler:
            self._ersetzen("marke", _neue_marke())
            raise ValidationError(
                "Das Formular war älter als einen Tag. Ihre Eingaben stehen noch da: Senden Sie sie bitte "
                "noch einmal."
            ) from fehler
        if 0 <= time.time() - gemacht < FRUEHESTENS:
            raise ValidationError("Das ging sehr schnell. Senden Sie Ihre Nachricht bitte noch einmal.")
        if zu_viele():
            raise ValidationError(
                "Gerade kommen ungewöhnlich viele Nachrichten an. Versuchen Sie es in einer Stunde noch "
                "einmal, oder nehmen Sie einen anderen Weg: Im Impressum stehen die Kontaktangaben."
            )

    def _ersetzen(self, name: str, wert: str) -> None:
        self.data = daten = self.data.copy()  # type: ignore[attr-defined]
        daten[name] = wert


def _lesbar(data: QueryDict) -> QueryDict:
    """Return what was sent without characters NUL, which nobody sees and PostgreSQL doesn't store."""
    daten = data.copy()
    for name, werte in data.lists():
        daten.setlist(name, [wert.replace("\0", "") for wert in werte])
    return daten


def _neue_marke() -> str:
    return signing.dumps(time.time(), salt=SALZ)
