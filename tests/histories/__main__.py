"""Prints the confusion table of the frozen histories, and each miss."""

from . import histories, judge, misses, table


def main() -> None:
    """All of them, then the public and the written ones by themselves, then the misses."""
    judged = [judge(history) for history in histories()]
    parts = (
        ("all", judged),
        ("public", [one for one in judged if one.history.repository]),
        ("written", [one for one in judged if not one.history.repository]),
    )
    for name, those in parts:
        print(f"{name}: {len(those) - len(misses(those))} of {len(those)} right\n\n{table(those)}\n")
    for one in misses(judged):
        known = one.history
        released = known.released or "nothing"
        wanted = f"a question that shows {released}" if known.asks else released
        shown = f" (shown: {', '.join(one.shown)})" if one.shown else ""
        print(f"MISS {known.id} [{known.kind}]: proposed {one.version or one.proposed}{shown}, right: {wanted}")


if __name__ == "__main__":
    main()
