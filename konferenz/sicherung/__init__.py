"""Backup and restore: one file with data and media that belongs to no database.

The file is a packed tar (`tar -xz` opens it), on request inside of what `age` encrypts with a passphrase:

    LIESMICH.txt                  what this is, for whoever finds it in ten years
    kopf.json                     format, migrations, models with their fields and numbers of rows
    daten/<app.modell>/0001.jsonl rows, a line each, as a list in the order of the fields
    medien/<name>                 pictures and source files
    fehlende-medien.txt           those that could not be read when the backup was made, if any
    SHA256SUMS                    a line for each part before it; `sha256sum -c` checks them

docs/entscheidungen/0023 says why.
"""


class Sicherungsfehler(Exception):
    """A backup cannot be written, read or restored; the message says in German what and where."""
