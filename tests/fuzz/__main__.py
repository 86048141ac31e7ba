"""`python -m tests.fuzz --inputs 100000 --seed 1 [--kind state] [--first 0]`: a line a kind, and what went wrong.

Nothing of the person's is read: home and all folders of ours are made anew and taken away.
"""

import argparse
import os
import sys
import tempfile
from pathlib import Path


def main() -> int:
    """Run it; 1 when anything came of an input that must never be."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    parser.add_argument("--inputs", type=int, default=100_000, help="how many in all, or of the one kind")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kind", default="", help="only this kind of file")
    parser.add_argument("--first", type=int, default=0, help="the number of the first input, to see one again")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="loop-tui-fuzz-") as folder:
        root = Path(folder)
        home = root / "home"
        home.mkdir()
        os.environ.update(
            HOME=str(home),
            LOOP_TUI_HOME=str(root / "claude"),
            XDG_CONFIG_HOME=str(home / ".config"),
            XDG_STATE_HOME=str(home / ".local/state"),
        )
        from loop_tui.cli.packs import Installed
        from loop_tui.storage.definitions.extensions import use

        from .running import Count, fuzz

        use(Installed)
        line = (
            "{:18} {:>8} inputs {:>8} refused {:>3} crashes {:>3} hangs {:>3} bytes changed {:>3} raw escapes {:6.2f} s"
        )
        total = Count()
        for name, count in fuzz(root, options.inputs, options.seed, options.kind, options.first):
            shown = (count.inputs, count.refused, count.crashes, count.hangs, count.changed, count.escapes)
            sys.stdout.write(line.format(name, *shown, count.slowest_s) + "\n")
            sys.stdout.write("".join(f"    {each}\n" for each in count.told))
            sys.stdout.flush()
            for what in ("inputs", "refused", "crashes", "hangs", "changed", "escapes"):
                setattr(total, what, getattr(total, what) + getattr(count, what))
            total.slowest_s = max(total.slowest_s, count.slowest_s)
        shown = (total.inputs, total.refused, total.crashes, total.hangs, total.changed, total.escapes)
        sys.stdout.write(line.format("all", *shown, total.slowest_s) + "\n")
    return 1 if total.bad or not total.inputs else 0


if __name__ == "__main__":
    sys.exit(main())
