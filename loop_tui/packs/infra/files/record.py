"""What we wrote last, so that what a person made of it since can be told: the base of every merge.

It holds our own texts, never what a merge made of them: nothing of the person's content is in it. It is left with the
run and goes into its archive; the newest one is complete.
"""

import json
from collections.abc import Iterable, Mapping

from pydantic import JsonValue

from .planned import FileStanding, FileStep

NAME = "infra-files.json"
_MOST = 2000
_AS_WANTED = frozenset({FileStanding.SAME, FileStanding.NEW, FileStanding.UPDATE, FileStanding.MERGE})


def written_now(earlier: Mapping[str, str], steps: Iterable[FileStep], chosen: Iterable[str]) -> dict[str, str]:
    """The record after these steps, of which those with `chosen` paths were written as well.

    A file that has our text already is ours from now on, whoever wrote it. What a person removed stays known, so that
    it is not written again.
    """
    also = set(chosen)
    ours = {step.path: step.wanted.text for step in steps if step.standing in _AS_WANTED or step.path in also}
    return {**earlier, **ours}


def dump_record(written: Mapping[str, str]) -> str:
    """The record as a document."""
    return json.dumps({"files": dict(sorted(written.items()))}, ensure_ascii=False, indent=1) + "\n"


def read_record(text: str) -> dict[str, str]:
    """The record of a document; what is none of it counts as nothing, and then a file that lies there is not ours."""
    try:
        found: JsonValue = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    files = found.get("files") if isinstance(found, dict) else None
    if not isinstance(files, dict):
        return {}
    return {path: text for path, text in list(files.items())[:_MOST] if isinstance(text, str)}
