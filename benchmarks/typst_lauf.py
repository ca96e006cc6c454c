"""Compile with Typst whenever a line comes in; runs in the environment of requirements/pruefung.txt.

python typst_lauf.py HEFT.typ ZIEL.pdf SCHRIFTEN    one line of output for each line of input
"""

import sys

import typst

quelle, ziel, schriften = sys.argv[1:4]
uebersetzer = typst.Compiler(quelle, font_paths=[schriften], ignore_system_fonts=True)
for _ in sys.stdin:
    # The same two standards as the Heft keeps.
    uebersetzer.compile(output=ziel, format="pdf", pdf_standards=["ua-1", "a-3a"])
    print("fertig", flush=True)
