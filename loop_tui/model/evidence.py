"""Evidence: checks, deliverables and effects, each a fact with its proof."""

from enum import StrEnum

from pydantic import Field, JsonValue, ValidationInfo, field_validator

from .base import Model
from .regex import regex
from .secrets import MASK
from .status import CheckStatus

_SAYS = {
    CheckStatus.PASSED: regex(r"passed\b|(?:confirmed|healthy)\b|\d+/\d+ (?:packages )?passing\b|0 errors\b"),
    CheckStatus.FAILED: regex(r"failed\b"),
    CheckStatus.SKIPPED: regex(r"(?:skipped|not configured)\b"),
}
"""How a summary begins that says the status too."""
_LEVEL = regex(r"(?:confirmed|healthy): (?=.)")
"""How far a target got, which is what a check of it that passed says first."""


class Check(Model):
    """One named fact with evidence (SPEC section 1).

    `tree` is the git tree of all tracked content that the check ran on: a check speaks for that tree and no other.
    `commit` is the commit that was checked out. `excerpt` is the tail of the cleaned and masked output.
    `shows` is the heading under which the screen lists the excerpt beside what a person decides (the marks of its lines
    are in `model.panel`); empty where it is evidence and nothing more.
    `reported_by` names who said so where it did not run here: such a check decides no gate. `mac` shows that it did.
    """

    name: str
    status: CheckStatus
    summary: str = ""
    command: str = ""
    exit_code: int | None = None
    duration_ms: int | None = None
    commit: str = ""
    tree: str = ""
    excerpt: str = ""
    at: str = ""
    shows: str = ""
    reported_by: str = ""
    mac: str = ""

    @property
    def verdict(self) -> str:
        """Its status and what it found, in words; a summary that is a verdict says both."""
        if self.passed and (level := _LEVEL.match(self.summary)):
            return f"{self.status} {self.summary[level.end() :]}"
        return self.summary if _SAYS[self.status].match(self.summary) else f"{self.status} {self.summary}".rstrip()

    @property
    def ran_here(self) -> bool:
        """True when it is no report of somebody else."""
        return not self.reported_by

    @property
    def passed(self) -> bool:
        """True when the check ran and passed."""
        return self.status is CheckStatus.PASSED


class Deliverable(Model):
    """A file that a skill left behind. `path` is relative to the run folder, or to the project for its own files."""

    name: str
    skill: str = ""
    path: str = ""
    summary: str = ""
    size_bytes: int = 0
    sha256: str = ""


class Effect(Model):
    """A change to the world: the intent recorded before, the proof after (SPEC section 6).

    `mac` shows that the proof was seen here.
    """

    id: str
    kind: str
    intent: dict[str, JsonValue] = Field(default_factory=dict)
    proof: dict[str, JsonValue] | None = None
    intended_at: str = ""
    proven_at: str = ""
    mac: str = ""

    @property
    def proven(self) -> bool:
        """True when the world was seen to hold this effect."""
        return self.proof is not None


TARGET_PROGRESS = "target"
"""The kind of effect that keeps how far a target got: its id is `target-ID`, its proof names the skill that watches."""


class QuestionKind(StrEnum):
    """What an answer has to be: yes or no, one of the options, any text, a secret, or the fields of a form.

    A secret is typed when it is asked for, or comes from the environment (`answers.secret_name`). No file has it: its
    answer is recorded as an empty one, and it has no default either.
    """

    CONFIRM = "confirm"
    CHOICE = "choice"
    TEXT = "text"
    SECRET = "secret"  # noqa: S105  # the name of a kind
    FORM = "form"


class FormField(Model):
    """One field of a form: a text, one of some choices, or any of them where it takes `several`.

    `value` is what it is filled in with, and `source` where that comes from: whoever reads it can tell a finding from
    a guess. Several choices are one text with a comma between them.
    """

    name: str = Field(min_length=1)
    label: str = ""
    choices: tuple[str, ...] = ()
    several: bool = False
    required: bool = False
    value: str = ""
    source: str = ""


class Question(Model):
    """What a skill asks before it goes on. `id` names the question and the facts it was asked about.

    `kind` says what an answer has to be (`model.answers`); `options` are the answers of a choice, `form` the fields of
    a form. `document` is a file of the run folder that may be changed before the answer, by its path in there.
    """

    id: str
    kind: QuestionKind = QuestionKind.TEXT
    skill: str = ""
    text: str
    options: tuple[str, ...] = ()
    form: tuple[FormField, ...] = ()
    default: str | None = None
    detail: str = ""
    document: str = ""
    asked_at: str = ""
    answer: str | None = None
    answered_by: str = ""
    answered_at: str = ""

    @property
    def is_secret(self) -> bool:
        """True when it asks for a secret: nothing of the answer is shown or kept."""
        return self.kind is QuestionKind.SECRET

    @field_validator("default")
    @classmethod
    def _no_secret(cls, default: str | None, info: ValidationInfo) -> str | None:
        """A default is written down with its question: that of a secret is dropped."""
        return None if info.data.get("kind") is QuestionKind.SECRET else default

    @field_validator("answer")
    @classmethod
    def _masked(cls, answer: str | None, info: ValidationInfo) -> str | None:
        """A state goes into the journal as it was read: a secret that somebody wrote into the file does not."""
        return MASK if answer and info.data.get("kind") is QuestionKind.SECRET else answer
