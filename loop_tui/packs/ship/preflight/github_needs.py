"""What a run needs GitHub's API for: only what a target or the pull-request route cannot do without stops a run."""

from msgspec import Struct

from loop_tui.model.definition import TargetDefinition
from loop_tui.packs.ship.choices import skipped_targets
from loop_tui.packs.ship.evidence import few
from loop_tui.packs.ship.targets.settings import configured

from .findings import DISTRIBUTES, PUSHES, Subject, setting, will_do

ACTIONS, DEPLOYMENT, RELEASE = "github-actions", "github-deployment", "github-release"
REGISTRY = "npm-registry"
_KINDS = (ACTIONS, DEPLOYMENT, RELEASE)


class Needs(Struct, frozen=True):
    """What of this run cannot do without GitHub's API."""

    targets: tuple[TargetDefinition, ...] = ()
    pull_request: bool = False
    pushes: bool = False

    @property
    def anything(self) -> bool:
        """True when the run stops without it."""
        return bool(self.targets) or self.pull_request

    @property
    def writes(self) -> bool:
        """True when something is made on GitHub, beyond the push."""
        return self.pull_request or any(target.settings.get("mode") == "create" for target in self.targets)

    @property
    def words(self) -> str:
        """What needs it, for people: `the targets railway, vercel and the pull-request route`."""
        names = [target.id for target in self.targets]
        parts = [f"the {'target' if len(names) == 1 else 'targets'} {few(names)}"] if names else []
        return " and ".join(parts + (["the pull-request route"] if self.pull_request else []))


def workflow_of(target: TargetDefinition) -> str:
    """The workflow whose run this target follows, empty when it follows none."""
    follows = target.kind == ACTIONS or (target.kind == REGISTRY and target.settings.get("publish") == "workflow")
    return str(target.settings.get("workflow") or "") if follows else ""


def needs(subject: Subject) -> Needs:
    """What this run needs GitHub's API for: its configured targets there that are not left out, and its route."""
    left_out = skipped_targets(subject.state)
    there = (t for t in subject.definition.targets if (t.kind in _KINDS or workflow_of(t)) and t.id not in left_out)
    targets = tuple(t for t in there if configured(t.kind, t.settings))
    pushes = will_do(subject, PUSHES)
    route = pushes and setting(subject, "route") == "pull-request"
    return Needs(targets if will_do(subject, DISTRIBUTES) else (), route, pushes)
