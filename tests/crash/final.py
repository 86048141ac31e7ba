"""The world when all is over, without what may differ from run to run: times, ids and names of commits."""

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path

from filelock import FileLock, Timeout

from loop_tui.engine.apply import replay
from loop_tui.engine.begin import fresh_state
from loop_tui.model.events import Event
from loop_tui.storage.definitions.catalog import find
from loop_tui.storage.state.journal import Journal
from loop_tui.storage.state.reader import read_state
from tests.registry import integrity as integrity_of

from .dreaming import documents_of, without_runs
from .worlds import LOOP, PACKAGE, STATE, World

Picture = dict[str, object]
_DRAFT = "changelog-draft-"
_TOLD = ("phase", "status", "phases", "gates", "questions", "effects", "skill_log", "deliverables", "failures")
# Two ways to the same merge: which one is taken depends on what the pull request looks like to whoever resumes.
_WAYS = ("auto-merge", "merge")
_SHA = re.compile(r"\b[0-9a-f]{40}\b")
_SHORT = re.compile(r"\b[0-9a-f]{12}\b")


def picture(world: World) -> Picture:
    """Everything that has to be the same however often the driver died."""
    found: Picture = {
        "version": json.loads((world.folder / "package.json").read_text())["version"],
        "lock": _locked(world),
        "commits": world.git("log", "--format=%s %T", "--first-parent").splitlines(),
        "commits made": [_SHA.sub("SHA", line) for line in world.git("reflog", "--format=%gs", "HEAD").splitlines()],
        "local refs": _refs(world, world.folder, "refs/heads", "refs/tags"),
        "remote refs": _refs(world, world.github.bare.path if world.github else world.remote, "refs/"),
        "pushes": _pushes(world),
        "status": world.git("status", "--porcelain", "--untracked-files=all"),
        "locks of git": sorted(p.name for p in (world.top / ".git").rglob("*.lock")),
        "commands": {
            p.name: _hash(p) for p in sorted((world.claude / "commands").rglob("*.md")) if ".backup" not in p.parts
        },
        "kept copies": [_hash(p) for p in sorted((world.claude / "commands/.backup").glob("*/*.md"))],
        "state file": world.state_file.exists(),
        "lease": (world.run_dir / "lease.json").exists(),
        "driver lock free": _is_free(world.run_dir / "driver.lock"),
        "run folder": sorted(p.name for p in world.run_dir.iterdir() if p.suffix != ".lock"),
        "left over": sorted(p.name() for p in world.leftovers()),
        "half files": sorted(
            p.name for place in (world.top, world.claude) for p in place.rglob("*.tmp") if ".git" not in p.parts
        ),
        "crash files": [p.read_text() for p in (world.root / "home").rglob("crashes/*")],
        "archives": [_archive(world, path) for path in world.archives()],
        "archive folders": len([p for p in world.claude.glob("runs/*/*") if p.is_dir()]),
    }
    found |= _on_github(world) if world.github else {}
    found |= _at_registry(world) if world.registry else {}
    # As it would come back from a file, so that pictures of other processes compare.
    told = json.dumps(found | ({"documents": documents} if (documents := documents_of(world)) else {}))
    whole = json.loads(told)
    assert isinstance(whole, dict)
    return _strings(whole, lambda text: without_runs(world, text)) if documents else whole


def differences(wanted: object, found: object, at: str = "") -> list[str]:
    """What is not as it was without a crash, one line each."""
    if isinstance(wanted, dict) and isinstance(found, dict):
        keys = dict.fromkeys((*wanted, *found))
        return [line for k in keys for line in differences(wanted.get(k), found.get(k), f"{at}/{k}" if at else str(k))]
    if isinstance(wanted, list) and isinstance(found, list) and len(wanted) == len(found):
        pairs = enumerate(zip(wanted, found, strict=True))
        return [line for n, (old, new) in pairs for line in differences(old, new, f"{at}/{n}")]
    return [] if wanted == found else [f"{at}: {found!r} instead of {wanted!r}"]


def _strings(value: object, change: Callable[[str], str]) -> Picture:
    """The value with each text in it changed."""

    def made(each: object) -> object:
        if isinstance(each, dict):
            return {key: made(inner) for key, inner in each.items()}
        if isinstance(each, list):
            return [made(inner) for inner in each]
        return change(each) if isinstance(each, str) else each

    whole = made(value)
    assert isinstance(whole, dict)
    return whole


def _locked(world: World) -> object:
    """The version of the project in the lock at the top of the repository."""
    found = json.loads((world.top / "package-lock.json").read_text())
    inner = world.folder.relative_to(world.top).as_posix()
    return found["version"] if inner == "." else found["packages"][inner]["version"]


def _refs(world: World, where: Path, *under: str) -> dict[str, str]:
    rows = world.git("for-each-ref", "--format=%(refname) %(tree)%(*tree)", *under, where=where)
    return dict(row.split(" ", 1) for row in rows.splitlines())


def _pushes(world: World) -> int:
    if world.github:
        return len(world.github.pushes)
    log = world.remote / "logs/refs/heads/main"
    return len(log.read_text().splitlines()) if log.exists() else 0


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _is_free(path: Path) -> bool:
    try:
        with FileLock(path, timeout=0):
            return True
    except Timeout:
        return False


def _archive(world: World, path: Path) -> Picture:
    body = json.loads(path.read_text())
    summary, folder = body["summary"], path.with_suffix("")
    events = Journal(folder / "journey-log.jsonl").read()
    once = [e.id for e in events]
    return {
        "outcome": summary["outcome"],
        "phases": summary["phases"],
        "gates": summary["gates"],
        # A draft is a deliverable of the try that wrote it, and is not written over by the next one.
        "deliverables": sorted(_name(d) for d in summary["deliverables"] if not _name(d).startswith(_DRAFT)),
        "skipped": summary["skipped_skills"],
        "effects": sorted(e["kind"] for e in summary["effects"] if e["kind"] not in _WAYS),
        "verdicts": {
            gate: {c["name"]: (c["status"], c["tree"]) for c in checks} for gate, checks in summary["evidence"].items()
        },
        "files": sorted(
            _SHORT.sub("SHA", p.relative_to(folder).as_posix())
            for p in folder.rglob("*")
            if p.is_file() and _is_always_there(p)
        ),
        "tarballs": {p.name: _hash(p) for p in folder.rglob("*.tgz")},
        "events twice": len(once) - len(set(once)),
        "completed": sorted(summary["durations"]),
        "not as the journal tells it": _untold(world, folder, events),
    }


def _untold(world: World, folder: Path, events: list[Event]) -> list[str]:
    """Parts of the archived state that its journal and the definition do not rebuild (SPEC section 3)."""
    definition = find(world.folder, LOOP, dict(world.env)).definition
    state = read_state(folder / STATE, definition).state
    fresh = fresh_state(definition, run=state.run, system=state.system, at="", autonomy=None)
    rebuilt = replay(fresh, events, definition)
    told, known = (_unsigned(each.model_dump(mode="json", include=set(_TOLD))) for each in (rebuilt, state))
    assert isinstance(told, dict)
    assert isinstance(known, dict)
    return [name for name in _TOLD if known[name] != told[name]]


def _unsigned(value: object) -> object:
    """The value without its signatures: those are made for the state file, and stand in no event."""
    if isinstance(value, dict):
        return {key: _unsigned(each) for key, each in value.items() if key != "mac"}
    return [_unsigned(each) for each in value] if isinstance(value, list) else value


def _name(deliverable: object) -> str:
    return str(deliverable.get("name")) if isinstance(deliverable, dict) else str(deliverable)


def _is_always_there(path: Path) -> bool:
    """Whether the release packs for itself depends on who is first: it, or the target `tarball`."""
    return not path.name.startswith(".packed-") and not (_SHORT.search(path.parent.name) and ".tgz" in path.name)


def _on_github(world: World) -> Picture:
    github = world.github
    assert github
    model = github.model
    model.settle()
    return {
        "releases": [
            {
                "tag": r.tag,
                "target": _tree(world, r.target),
                "name": r.name,
                "draft": r.draft,
                "files": {a.name: (hashlib.sha256(a.content).hexdigest(), a.state) for a in r.assets},
            }
            for r in model.releases
        ],
        "pull requests": [(p.head.partition("-")[0], p.base, p.state, bool(p.merged_as)) for p in model.pulls],
        "ci runs": [(r.workflow.path, _tree(world, r.sha)) for r in model.runs],
        "deployments": [(d.plan.environment, _tree(world, d.sha)) for d in model.deployments],
    }


def _at_registry(world: World) -> Picture:
    """What is out, and whether the run's own words about it agree: its proof, and what it reports to people."""
    registry = world.registry
    assert registry
    out = registry.versions(PACKAGE)
    shipped = [path.with_suffix("") for path in world.archives()]
    proofs = [
        effect["proof"]["integrity"]
        for path in world.archives()
        for effect in json.loads(path.read_text())["summary"]["effects"]
        if effect["kind"] == "publish"
    ]
    return {
        "versions out": list(out),
        "dist-tags": registry.dist_tags(PACKAGE),
        "publishes taken": len(registry.door.publishes),
        "publishes of what was taken": registry.door.again,
        "not the checked tarballs": sorted(
            set(out.values()) ^ {integrity_of(p) for f in shipped for p in f.rglob(f"{PACKAGE}-*.tgz")}
        ),
        "not as the runs prove it": sorted(set(proofs) ^ set(out.values())),
        "reports without it": [
            report.name for f in shipped for report in f.rglob("distribution-manifest.md") if not _tells(report, out)
        ],
    }


def _tells(report: Path, out: Mapping[str, str]) -> bool:
    return any(f"{PACKAGE}@{version}" in (text := report.read_text()) and i[:19] in text for version, i in out.items())


def _tree(world: World, revision: str) -> str:
    assert world.github
    return world.github.bare.git("rev-parse", f"{revision}^{{tree}}")
