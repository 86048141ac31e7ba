"""Where a kill landed: in which phase of which effect, or in which skill. Told by the files and the world alone."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from tests.github.fixture import GitHub

from .dreaming import ASKED
from .worlds import World

PHASES = ("before intent", "intent to act", "inside act", "act to proof", "after proof")


@dataclass(frozen=True)
class Landing:
    """`row`: a kind of effect, or a skill, or `between skills`. `phase`: one of PHASES; empty for what is no effect."""

    row: str
    phase: str = ""

    def __str__(self) -> str:
        """For people."""
        return f"{self.row}: {self.phase}" if self.phase else self.row


# The effects of each skill, in their order: what comes next when the ones before are proven.
_RELEASE = ("release-draft", "release-asset", "release-clear", "release-tag", "release-publish")
_OF_SKILL = {
    "local": {
        "release-planner": ("version-write", "changelog"),
        "git-workflow": ("commit", "push", "tag"),
        "distribute": ("tarball", "sync"),
    },
    "github": {
        "release-planner": ("version-write", "changelog"),
        "git-workflow": ("commit", "push", "tag"),
        "distribute": ("sync", "tarball", *_RELEASE),
    },
    "github-pull": {
        "release-planner": ("version-write", "changelog"),
        "git-workflow": ("commit", "branch", "pull", "auto-merge", "push", "tag"),
        "distribute": ("sync", "tarball", *_RELEASE),
    },
}
_OF_SKILL["registry"] = {
    **_OF_SKILL["github"],
    "distribute": ("publish", "sync", "tarball", *_RELEASE),
}
_OF_SKILL["monorepo"] = _OF_SKILL["local"]
_OF_SKILL["dreams"] = {**_OF_SKILL["local"], "release-planner": ("version-write", "changelog", "dream-state")}
_OF_SKILL[ASKED] = _OF_SKILL["dreams"]
# Progress that is kept in the state like an effect, and is none.
_NO_EFFECTS = ("target", "watch", "changelog-draft", "tag-choice", "publish-attempt")


def landed(world: World, programs: tuple[str, ...]) -> Landing:
    """Where the driver was that has just died. `programs` ran when it was killed."""
    try:
        state = world.state()
    except ValueError:
        return Landing("a state file that does not read")
    if state is None:
        return Landing("archive", "after proof") if world.archives() else Landing("before the state file")
    effects = [e for e in state.get("effects") or [] if isinstance(e, dict)]  # type: ignore[attr-defined]
    events = [json.loads(line) for line in world.journal().splitlines(keepends=True) if line.endswith(b"\n")]
    skill, since = _running(events)
    # Of those that are on their way at once, a publish is told first.
    newest_first = effects[::-1]
    for effect in sorted(newest_first, key=lambda e: e["kind"] != "publish"):
        # One that was given up for another way, or by an earlier skill, is not where the driver was.
        given_up = effect["kind"] == "auto-merge" and effect is not effects[-1]
        if effect.get("proof") is None and str(effect["intendedAt"]) >= since and not given_up:
            return Landing(str(effect["kind"]), _phase(world, effect, programs))
    if events and events[-1]["action"] == "effect-proven":
        kind = _kind(effects, str(events[-1]["subject"]))
        if kind not in _NO_EFFECTS:
            return Landing(kind, "after proof")
    if not skill:
        done = bool(events) and events[-1]["action"] == "completed" and events[-1]["category"] == "system"
        return Landing("archive", "before intent") if done else Landing("between skills")
    proven = [str(e["kind"]) for e in effects if e.get("proof") is not None]
    coming = [kind for kind in _OF_SKILL[world.name].get(skill, ()) if kind not in proven]
    return Landing(coming[0], "before intent") if coming else Landing(skill)


def _kind(effects: list[dict[str, object]], effect_id: str) -> str:
    return next((str(e["kind"]) for e in effects if e["id"] == effect_id), effect_id.partition("-")[0])


def _running(events: list[dict[str, object]]) -> tuple[str, str]:
    """The skill that was started and not ended, if any; and when the last skill was started."""
    skill = since = ""
    for event in events:
        if event["category"] == "skill" and event["action"] == "started":
            skill, since = str(event["subject"]), str(event["timestamp"])
        elif event["category"] == "phase" or (event["category"] == "skill" and event["action"] != "started"):
            skill = ""
    return skill, since


def _phase(world: World, effect: dict[str, object], programs: tuple[str, ...]) -> str:
    kind, intent = str(effect["kind"]), effect["intent"]
    assert isinstance(intent, dict)
    if _working(kind, programs):
        return "inside act"
    if _done(world, kind, intent):
        return "act to proof"
    return "inside act" if _begun(world, kind, intent) else "intent to act"


_CHANGING = tuple(f"--method {method}" for method in ("POST", "PUT", "PATCH", "DELETE"))
_PROGRAMS = {
    "commit": (" commit --quiet", " add --all"),
    "push": (" push --porcelain --no-follow-tags --no-force origin",),
    "tarball": ("npm pack", " checkout-index", " ls-files --others"),
    "tag": (" tag --annotate ", " push --porcelain --no-follow-tags --no-force origin"),
    "branch": (" push --porcelain --no-follow-tags --no-force origin",),
    "pull": _CHANGING,
    "auto-merge": _CHANGING,
    "merge": _CHANGING,
    "publish": ("npm publish",),
    **dict.fromkeys(_RELEASE, _CHANGING),
}


def _working(kind: str, programs: tuple[str, ...]) -> bool:
    """A program of the act runs, and it is not one that only looks."""
    return any(sign in line for sign in _PROGRAMS.get(kind, ()) for line in programs)


def _done(world: World, kind: str, intent: dict[str, object]) -> bool:
    match kind:
        case "version-write":
            text = (world.top / "package-lock.json").read_text() + (world.folder / "package.json").read_text()
            return text.count(f'"version": "{intent["to"]}"') == 3
        case "commit":
            return world.git("rev-parse", "HEAD") != intent["parent"]
        case "push":
            return world.git("rev-parse", f"refs/heads/{intent['branch']}", where=_bare(world)) == intent["sha"]
        case "changelog":
            return f"## [{intent['to']}]" in (world.folder / "CHANGELOG.md").read_text()
        case "tag":
            named = f"refs/tags/{intent['tag']}"
            listed = world.git("for-each-ref", "--format=%(objectname) %(*objectname)", named, where=_bare(world))
            return str(intent["sha"]) in listed
        case "tarball":
            return any(world.run_dir.glob("*/.packed-*.json"))
        case "sync":
            pairs = ((p, world.claude / "commands" / p.name) for p in (world.folder / "commands").glob("*-loop.md"))
            return all(_hash(ours) == _hash(theirs) for ours, theirs in pairs)
        case "publish":
            assert world.registry
            return intent["version"] in world.registry.versions(str(intent["name"]))
        case "archive":
            return Path(str(intent["path"])).exists()
        case "dream-state":
            place = world.claude if "documents" in intent else world.folder / ".claude"
            return "<!-- run " in (place / "DREAM-STATE.md").read_text()
    return _done_on_github(world.github, kind, intent) if world.github else False


def _done_on_github(github: GitHub, kind: str, intent: dict[str, object]) -> bool:
    model = github.model
    ours = [r for r in model.releases if str(intent.get("sha")) in (r.body or "")]
    match kind:
        case "release-tag":
            return github.bare.resolve(f"refs/tags/{intent['tag']}") == intent["sha"]
        case "branch":
            return github.head(str(intent["branch"])) is not None
        case "pull":
            return bool(model.pulls)
        case "auto-merge" | "merge":
            return any(p.auto_merge or p.merged_as for p in model.pulls)
        case "release-draft":
            return bool(ours)
        case "release-asset":
            return any(a.name == intent["asset"] and a.state == "uploaded" for r in ours for a in r.assets)
        case "release-clear":
            others = [r for r in model.releases if r.tag == intent["tag"] and r not in ours]
            return not others and github.bare.resolve(f"refs/tags/{intent['tag']}") in (None, intent["sha"])
        case "release-publish":
            return any(not r.draft for r in ours)
    return False


def _begun(world: World, kind: str, intent: dict[str, object]) -> bool:
    match kind:
        case "version-write":
            return f'"version": "{intent["to"]}"' in (world.folder / "package.json").read_text()
        case "publish":
            assert world.registry
            return bool(world.registry.door.passwords)
        case "tarball":
            return any((world.root / "tmp").glob("loop-tui-pack-*"))
        case "sync":
            return any((world.claude / "commands/.backup").glob("*/*"))
        case "archive":
            return Path(str(intent["path"])).with_suffix("").exists()
    return False


def _bare(world: World) -> Path:
    return world.github.bare.path if world.github else world.remote


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
