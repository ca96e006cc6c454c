"""The licences under which data may be published. Settings read this, so it knows nothing of Django."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Lizenz:
    """A licence of the list that DCAT-AP.de demands (https://www.dcat-ap.de/def/licenses/)."""

    kennung: str
    name: str
    adresse: str
    mit_namen: bool = False

    @property
    def uri(self) -> str:
        """What open-data portals know it by."""
        return f"http://dcat-ap.de/def/licenses/{self.kennung}"


# Of that list those which fit documents of public offices and are not out of date.
LIZENZEN = {
    lizenz.kennung: lizenz
    for lizenz in (
        Lizenz(
            "dl-zero-de/2.0",
            "Datenlizenz Deutschland – Zero – Version 2.0",
            "https://www.govdata.de/dl-de/zero-2-0",
        ),
        Lizenz(
            "dl-by-de/2.0",
            "Datenlizenz Deutschland – Namensnennung – Version 2.0",
            "https://www.govdata.de/dl-de/by-2-0",
            mit_namen=True,
        ),
        Lizenz(
            "cc-zero",
            "Creative Commons CC0 1.0",
            "https://creativecommons.org/publicdomain/zero/1.0/deed.de",
        ),
        Lizenz(
            "cc-by/4.0",
            "Creative Commons Namensnennung 4.0 International",
            "https://creativecommons.org/licenses/by/4.0/deed.de",
            mit_namen=True,
        ),
    )
}
