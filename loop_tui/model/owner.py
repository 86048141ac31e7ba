"""Whose a run is, and who says to work on it (SPEC section 3, "Who drives")."""

from .base import Model


class OwnerRecord(Model):
    """What makes a run ours: it lies in the run folder, where a rewrite of the state file cannot erase it.

    `definition` is the hash of the run's own copy of its definition, `key` tells which key of which person signed the
    record; `mac` is over all of it, the real path of the project and the loop. A clone, a moved folder and another
    user have no record that fits.
    """

    run: str
    by: str
    at: str
    definition: str
    nonce: str
    key: str
    mac: str = ""


class Claim(Model):
    """Somebody else works on a part of a run of ours: on one skill, or on all of it (no `skill`).

    `beat` is the last sign of life, in seconds since 1970; `lapsed` says that there was none for too long.
    """

    by: str
    skill: str = ""
    phase: str = ""
    at: str = ""
    beat: float = 0
    lapsed: bool = False

    @property
    def of_run(self) -> bool:
        """True when the whole run is claimed."""
        return not self.skill
