"""What others have written: a state file of another tool, and hostile text."""

import re

STATE_AT_SHIP = {
    "loop": "distribution-loop",
    "version": "1.0.0",
    "phase": "SHIP",
    "status": "active",
    "gates": {
        "readiness-gate": {"status": "passed", "required": True, "approvalType": "auto"},
        "distribution-gate": {"status": "pending", "required": True, "approvalType": "auto"},
    },
    "phases": {
        "INIT": {"status": "complete", "skills": ["release-planner"]},
        "VERIFY": {"status": "complete", "skills": ["code-verification"]},
        "SHIP": {"status": "active", "skills": ["git-workflow", "deploy", "distribute"]},
        "COMPLETE": {"status": "pending", "skills": ["retrospective"]},
    },
    "skillExecution": {"SHIP": {"required": ["git-workflow"], "completed": ["git-workflow"], "skipped": []}},
    "started_at": "ISO-timestamp",
    "last_updated": "ISO-timestamp",
}

HOSTILE = "\x1b]52;c;aGFja2Vk\x07\x1b[31m\x1b[2J[/red] \u202egnp.exe\u202c \x9b31m"
"""Text that sets the clipboard, colours and clears the screen, looks like markup and turns itself around."""
_RAW = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def harmless(text: str) -> bool:
    """Nothing in it steers a terminal or turns text around."""
    return _RAW.search(text) is None
