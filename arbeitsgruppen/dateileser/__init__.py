"""Reads the files that people send, in a process of its own: `python -m arbeitsgruppen.dateileser`.

It knows no settings, no database and no secret. dateien.py is the caller's side.
"""
