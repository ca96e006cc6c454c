"""Write the software bill of materials:  python skripte/stueckliste.py DATEI

All packages that a deployment runs, from Python (requirements/s3.txt) and npm (package-lock.json), with
versions, checksums and licences, in CycloneDX 1.6 (https://cyclonedx.org/docs/1.6/json/). What is written is
checked against the schema first; the same packages give the same file.
"""

import json
import re
import sys
import tomllib
from base64 import b64decode
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentScope, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL

BASIS = Path(__file__).resolve().parent.parent
PAKET = re.compile(r"(?m)^(?P<name>[\w.-]+)==(?P<version>[^\s;]+)(?P<rest>(?:.*\\\n)*.*)$")
_lizenzen = LicenseFactory()


def python_pakete(text: str) -> Iterator[Component]:
    """Yield the packages of a requirements file with the checksums of all their files."""
    for treffer in PAKET.finditer(text):
        name, version = treffer["name"], treffer["version"]
        yield _paket(
            "pypi", "", name, version, _python_lizenz(name), re.findall(r"sha256:(\w+)", treffer["rest"])
        )


def npm_pakete(verzeichnis: dict[str, Any]) -> Iterator[Component]:
    """Yield the packages of a package-lock.json that are served, not those that only tests need."""
    for ort, paket in verzeichnis["packages"].items():
        if ort and not paket.get("dev"):
            bereich, _, name = ort.rpartition("node_modules/")[2].rpartition("/")
            pruefsumme = b64decode(paket["integrity"].removeprefix("sha512-")).hex()
            yield _paket("npm", bereich, name, paket["version"], paket.get("license", ""), [pruefsumme])


def stueckliste() -> Bom:
    """Return the bill of materials of this project."""
    projekt = tomllib.loads((BASIS / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    pakete = [
        *python_pakete((BASIS / "requirements" / "s3.txt").read_text(encoding="utf-8")),
        *npm_pakete(json.loads((BASIS / "package-lock.json").read_text(encoding="utf-8"))),
    ]
    eigenes = Component(
        type=ComponentType.APPLICATION,
        bom_ref=projekt["name"],
        name=projekt["name"],
        version=projekt["version"],
        licenses=[_lizenzen.make_from_string(projekt["license"])],
    )
    # A number that follows from what is in it.
    inhalt = "\n".join(sorted(str(paket.purl) for paket in pakete))
    bom = Bom(components=pakete, serial_number=uuid5(NAMESPACE_URL, f"{projekt['version']}\n{inhalt}"))
    bom.metadata.component = eigenes
    bom.register_dependency(eigenes, pakete)
    return bom


def als_json(bom: Bom) -> str:
    """Return a bill as JSON. Raise ValueError, with what is wrong, where the schema doesn't allow it."""
    bom.metadata.timestamp = None  # type: ignore[assignment]  # the same packages, the same file
    text = JsonV1Dot6(bom).output_as_string(indent=2)
    if fehler := JsonStrictValidator(SchemaVersion.V1_6).validate_str(text):
        raise ValueError(str(fehler))
    return text + "\n"


def _paket(art: str, bereich: str, name: str, version: str, lizenz: str, pruefsummen: list[str]) -> Component:
    adresse = PackageURL(art, bereich or None, name, version)
    algorithmus = HashAlgorithm.SHA_256 if art == "pypi" else HashAlgorithm.SHA_512
    return Component(
        type=ComponentType.LIBRARY,
        bom_ref=str(adresse),
        group=bereich or None,
        name=name,
        version=version,
        purl=adresse,
        scope=ComponentScope.REQUIRED,
        licenses=[_lizenzen.make_from_string(lizenz)] if lizenz else [],
        hashes=[HashType(alg=algorithmus, content=summe) for summe in pruefsummen],
    )


def _python_lizenz(name: str) -> str:
    """Return the licence that an installed package names; "" for one of another system."""
    try:
        angaben = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        return ""
    if "License-Expression" in angaben:
        return angaben["License-Expression"]
    arten = [
        a.rpartition(" :: ")[2] for a in angaben.get_all("Classifier") or [] if a.startswith("License ::")
    ]
    kurz = angaben["License"].strip() if "License" in angaben else ""
    return " / ".join(arten) or (kurz if len(kurz) < 80 else "")


if __name__ == "__main__":
    ziel = Path(sys.argv[1])
    bom = stueckliste()
    ziel.parent.mkdir(parents=True, exist_ok=True)
    ziel.write_text(als_json(bom), encoding="utf-8")
    print(f"{ziel}: {len(bom.components)} Pakete, gültig nach CycloneDX 1.6.")
