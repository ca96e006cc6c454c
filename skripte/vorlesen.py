"""Say what outloud, which reads a PDF as a screen reader would, finds in it; exit status 1 for any finding.

Runs in the environment of skripte/pdf_pruefen.sh.
"""

import sys

import outloud


def main(datei: str) -> int:
    """Print the findings of one file."""
    ergebnis = outloud.check(datei)
    if ergebnis.error is not None:
        print(f"FAIL  outloud {datei}: {ergebnis.error}")
        return 1
    funde = ergebnis.sorted_findings()
    print(f"{'FAIL' if funde else 'PASS'}  outloud {datei}")
    for fund in funde:
        print(f"      {fund.rule}, Seite {fund.page}: {fund.message} ({fund.evidence})")
    return 1 if funde else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
