"""What a run would do, as a dry run finds it."""

from loop_tui.model.base import Model

NOTHING_LEFT = "nothing is left to ship"


class PlanFinding(Model):
    """One thing that preflight looked at. `fatal` ones have to be fixed before a run gets anywhere."""

    name: str
    words: str
    fix: str = ""
    fatal: bool = False


class PlannedCommit(Model):
    """One commit since the base, and what it counts for."""

    sha: str
    subject: str
    level: str
    reason: str


class Bump(Model):
    """The version: what it is, what it would become, and why. `after` is empty without a version.

    With a `question` nothing is proposed: a person chooses, and `values` are the versions side by side.
    `tag` is that of `after`; `untagged` says why none is made. `changelog` says what becomes of CHANGELOG.md, and is
    empty where there is none; `recorded_in` are the Dream States that get a row. `base_released` is true where
    the base is a release, of a run or with a tag.
    """

    before: str = ""
    after: str = ""
    tag: str = ""
    untagged: str = ""
    changelog: str = ""
    raises_changelog: bool = False
    recorded_in: tuple[str, ...] = ()
    why: str = ""
    level: str = ""
    decided: bool = False
    base: str = ""
    base_why: str = ""
    base_released: bool = False
    counted: str = ""
    question: str = ""
    values: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    commits: tuple[PlannedCommit, ...] = ()


class FileChange(Model):
    """One path that goes into the commit: git's letter, and a word when it is us who changes it."""

    letter: str
    path: str
    note: str = ""


class Shipping(Model):
    """The commit and where it goes. `made` is the commit that is there already."""

    made: str = ""
    message: str = ""
    files: tuple[FileChange, ...] = ()
    untracked: tuple[str, ...] = ()
    secret_looking: tuple[str, ...] = ()
    branch: str = ""
    remote: str = ""
    pushed: bool = False
    note: str = ""


class PlannedSkill(Model):
    """One skill with what it runs. `status` is its status in the run, `usual_ms` how long it usually takes."""

    phase: str
    skill: str
    status: str
    reason: str = ""
    runs: tuple[str, ...] = ()
    usual_ms: int | None = None


class PlannedGate(Model):
    """One gate: who decides it, and by which checks."""

    gate: str
    after: str
    type: str
    status: str
    checks: tuple[str, ...] = ()
    when: tuple[str, ...] = ()


class PlannedTarget(Model):
    """One target: the level that it has to reach, and how long it usually takes.

    `why` says why it is not configured, or why it was left out (`skipped`).
    """

    target: str
    kind: str
    title: str
    level: str
    configured: bool
    skipped: bool = False
    why: str = ""
    usual_ms: int | None = None


class PlannedPublish(Model):
    """One version that one registry would get: published by this run (`by` "here"), or by a workflow.

    `version` and `dist_tag` are empty where a person chooses the version; `registry` where npm does not say which one
    it is (`unresolved` says why); `access` where nothing sets it, and `command` where a workflow does it.
    """

    target: str
    by: str
    package: str
    version: str
    registry: str
    unresolved: str = ""
    dist_tag: str
    access: str
    command: str = ""


class DryRunPlan(Model):
    """What a run would do next, and to its end. `run` is the status of the run that is there, or empty."""

    loop: str
    project: str
    system: str = ""
    run: str = ""
    phase: str = ""
    next: str = ""
    findings: tuple[PlanFinding, ...] = ()
    bump: Bump | None = None
    shipping: Shipping | None = None
    skills: tuple[PlannedSkill, ...] = ()
    gates: tuple[PlannedGate, ...] = ()
    targets: tuple[PlannedTarget, ...] = ()
    publishes: tuple[PlannedPublish, ...] = ()
    public: tuple[str, ...] = ()
    """What would become public as it lies here now, a line each; empty where nothing does."""
    usual_ms: int | None = None
    not_asked: tuple[str, ...] = ()

    @property
    def nothing_left(self) -> str:
        """Why nothing is left to ship: no commit and no change since the last release; empty where something is."""
        bump, shipping = self.bump, self.shipping
        if bump is None or shipping is None or not bump.base_released or bump.commits or bump.after != bump.before:
            return ""
        return "" if shipping.files or shipping.made else f"no commits since {bump.base[:7]} ({bump.base_why})"

    @property
    def fatal(self) -> tuple[PlanFinding, ...]:
        """What has to be fixed first."""
        return tuple(found for found in self.findings if found.fatal)
