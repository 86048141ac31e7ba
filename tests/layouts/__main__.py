"""Prints what was found against what is true, and each row that is not right."""

import sys
import tempfile
from pathlib import Path

from . import Outcome, compared, layouts, table


def main() -> None:
    """All layouts, then the public and the written ones by themselves, then the rows; with `--all` every row."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for label in layouts():
            rows += compared(label, Path(folder, label["name"]))
    for name, those in (
        ("all", rows),
        ("public", [row for row in rows if row.is_public]),
        ("written", [row for row in rows if not row.is_public]),
    ):
        print("\n".join([name, *table(those), ""]))
    for row in rows:
        if row.outcome is not Outcome.RIGHT or "--all" in sys.argv:
            place = f"{row.layout} {row.folder}".strip()
            print(f"{row.outcome:7}{place} {row.topic}: {row.found or 'nothing'} (true: {row.true or 'not said'})")


if __name__ == "__main__":
    main()
