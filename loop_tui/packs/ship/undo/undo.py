"""Undo early: take back this run's own commit and version write while nobody else can have them (SHIP "Pushing").

Nothing is reset: the branch goes back with its old value checked, and the two files get back what they held. It may be
killed at any instant and run again; before the world is touched the state no longer takes for proven what goes.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from loop_tui.engine import changes, commands
from loop_tui.engine.transaction import Wish, step
from loop_tui.model.definition import LoopDefinition
from loop_tui.model.events import Refusal
from loop_tui.model.evidence import Effect
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.runs import RunOutcome
from loop_tui.model.state import RunState
from loop_tui.model.status import RunStatus
from loop_tui.model.text import one_line
from loop_tui.packs.ship import PACK
from loop_tui.packs.ship.effects import (
    CHANGELOG,
    COMMIT,
    DREAM_STATE,
    PUSH,
    UNDO,
    VERSION,
    VERSION_SCRIPT,
    files_of,
    version_left_behind,
    written_files,
)
from loop_tui.packs.ship.evidence import few
from loop_tui.packs.ship.versions.base import shipped_commit
from loop_tui.packs.ship.versions.next_version import read_version
from loop_tui.packs.ship.versions.places import named_files
from loop_tui.ports import ArchiveQuery, RunPlace, RunStore
from loop_tui.runners.pack_api import CHOICE
from loop_tui.services.git import git, history, trees
from loop_tui.services.git.scope import scope_of
from loop_tui.services.git.workspace import not_counted
from loop_tui.services.toolchains import npm
from loop_tui.services.toolchains.version_write import PACKAGE, VersionSites
from loop_tui.services.toolchains.workspaces import workspace_of

from .changelog import changed_since, changelogs_before, texts_before
from .remote_check import refuse_if_published
from .version_files import Written, files_before, put_back, written_by

_TAKEN_BACK = (VERSION, VERSION_SCRIPT, CHANGELOG, DREAM_STATE, COMMIT, PUSH, UNDO)


class Undone(Struct, frozen=True):
    """What was taken back. Everything is empty when there was nothing. `head` is the commit that is checked out now.

    `kept` are the files that the project's own version script changed: what they held before, only git knows.
    `changed` are Dream States that keep the row of the run, because somebody changed them since.
    """

    commits: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    head: str = ""
    branch: str = ""
    version: str = ""
    files: tuple[str, ...] = ()
    anything: bool = False


class _Ground(Struct, frozen=True):
    """Where undo works, and on what. `ours` are the effects that it takes back, oldest first."""

    project: Path
    run_dir: Path
    root: Path
    without: tuple[str, ...]
    definition: LoopDefinition
    state: RunState
    ours: tuple[Effect, ...]

    def of(self, kind: str) -> tuple[Effect, ...]:
        """The effects of that kind, oldest first."""
        return tuple(effect for effect in self.ours if effect.kind == kind)


class _Plan(Struct, frozen=True):
    """What undo is going to do: the branch from `head` to `target`, what files get back, and which `changed` stay."""

    head: str
    target: str
    branch: str
    commits: tuple[tuple[str, str], ...]
    files: Mapping[str, bytes]
    written: Written | None
    changed: tuple[str, ...] = ()


def refuse_without_run(store: RunStore, definition: LoopDefinition, place: RunPlace, archive: ArchiveQuery) -> None:
    """Raise Problem, which says how to go forward instead, when there is no run to take anything back of."""
    if store.load() is not None:
        return
    system = one_line(place.project.resolve().name)
    try:
        runs, _ = archive.runs(loop=definition.id, system=system, limit=1, include_state=True)
    except (Problem, OSError):
        runs = []
    sha = shipped_commit(runs[0].state) if runs else ""
    what = f"no run of {definition.id} here: nothing to undo"
    left = [words for run in runs for effect in run.effects if (words := _left_behind(effect, run.effects))]
    if not sha and left and runs[0].outcome is RunOutcome.ABANDONED:
        raise Problem(f"{what}, the last one was aborted", str(place.state_file), left[0], code=Code.RUN_UNKNOWN)
    if not sha:
        raise Problem(what, str(place.state_file), "`loop-tui runs` lists archived runs", code=Code.RUN_UNKNOWN)
    todo = f"roll forward: git revert what was wrong, then `loop-tui run` ships the next patch; {sha[:7]} was shipped"
    raise Problem(what, str(place.state_file), todo, code=Code.RUN_UNKNOWN)


def _left_behind(effect: Effect, effects: Sequence[Effect]) -> str:
    return version_left_behind(effect, effects) if effect.kind == VERSION and effect.proven else ""


async def undo(
    store: RunStore, definition: LoopDefinition, place: RunPlace, by: str, *, looking: bool = False
) -> Undone:
    """Take back the commit and the version write of the run that is here, and open its first phase again.

    With `looking` all of that is only looked at: what would be taken back is given, and nothing is changed.
    The caller holds the run's lease. Raises Problem, with nothing changed, when there is no run, the commit may have
    left this repository, HEAD is another commit, or anything was changed since; it says how to go forward instead.
    """
    loaded = store.load()
    root = await git.repository_root(place.project)
    if loaded is None or root is None:
        raise Problem("there is nothing to undo here", str(place.project), code=Code.NO_REPOSITORY)
    without = not_counted(place.project, place.state_file, root)
    ground = _Ground(place.project, place.run_dir, root, without, definition, loaded.state, _ours(loaded.state))
    if not ground.ours:
        return Undone(head=await git.head_sha(root) or "", branch=await git.branch(root) or "")
    _refuse_pushed(ground)
    plan = await _plan(ground)
    if looking:
        return _undone(ground, plan)
    taken = Effect(
        id="undo",
        kind=UNDO,
        intent={
            "from": plan.head,
            "to": plan.target,
            "branch": plan.branch,
            "commits": dict(plan.commits),
            "files": sorted(plan.files),
        },
    )
    names = tuple(effect.id for effect in ground.ours)
    _tell(store, definition, lambda state: undo_begun(state, taken, names, by))
    await _bring_about(ground, plan)
    _tell(store, definition, lambda state: undo_done(state, (*names, taken.id), by))
    return _undone(ground, plan)


def _undone(ground: _Ground, plan: _Plan) -> Undone:
    scripted = [name for name in files_of(ground.of(VERSION_SCRIPT)) if name not in plan.files]
    return Undone(
        commits=tuple(sha for _, sha in plan.commits),
        kept=tuple(scripted),
        changed=plan.changed,
        head=plan.target,
        branch=plan.branch,
        version=plan.written.before if plan.written else "",
        files=tuple(sorted(plan.files)),
        anything=True,
    )


def _tell(store: RunStore, definition: LoopDefinition, wish: Wish) -> None:
    outcome = store.transact(step(definition, wish))
    if isinstance(outcome, Refusal):
        raise Problem(f"{outcome.reason}: nothing was undone", definition.id, outcome.todo, code=outcome.code)


# --- what changes in the run ---------------------------------------------------------------------------------------


def undo_begun(state: RunState, taken: Effect, effects: Sequence[str], by: str) -> commands.Wanted:
    """Begin to take effects back: `taken` records what and from where; the run starts over, and nothing is proven.

    Refused once something of the run was pushed: from there it only goes forward (SHIP "Pushing").
    """
    if state.status is RunStatus.COMPLETE or state.aborted is not None:
        return Refusal(reason="the run has ended", todo="roll forward: git revert, then the next patch")
    if not state.phases:
        return Refusal(reason="the state file names no phases", todo="fix the state file")
    pushed = next((e for e in state.effects if e.kind == PUSH and e.proven), None)
    if pushed is not None:
        sha = str((pushed.proof or {}).get("sha", ""))[:7]
        return Refusal(reason=f"{sha or 'the commit'} was pushed", todo="roll forward: git revert, then the next patch")
    final = next((e for e in state.effects if e.proven and _is_irreversible(e.kind)), None)
    if final is not None:
        words = PACK.effects[final.kind].words
        return Refusal(reason=f"{words} exists and is never undone", todo="roll forward, with the next patch")
    wanted = [changes.effect_intended(taken)]
    wanted += [changes.effect_undone(e.id, by, gone=False) for e in state.effects if e.id in effects and e.proven]
    wanted += [changes.withdrawn(q.id, by) for q in state.questions]
    return (*wanted, changes.phase_reopened(state.phases[0].id, by, "undo"))


def undo_done(state: RunState, effects: Sequence[str], by: str) -> commands.Wanted:
    """The world was seen without these effects."""
    return tuple(changes.effect_undone(e.id, by, gone=True) for e in state.effects if e.id in effects)


# --- what there is --------------------------------------------------------------------------------------------------


def _ours(state: RunState) -> tuple[Effect, ...]:
    """The effects to take back. Raises Problem for others that were begun: we cannot take those back."""
    # An effect without an intent only keeps facts, and changed nothing; what was chosen for the run stays chosen.
    others = [e for e in state.effects if e.intent and e.kind not in (*_TAKEN_BACK, CHOICE)]
    ours = tuple(e for e in state.effects if e.kind in _TAKEN_BACK)
    if others and not any(e.kind == PUSH and e.proven for e in ours):
        names = few([one_line(f"{e.kind} {e.id}", 80) for e in others])
        raise Problem(
            f"more was started than can be undone: {names}", state.loop, _forward(state), code=Code.NOT_ALLOWED
        )
    return ours


def _refuse_pushed(ground: _Ground) -> None:
    for effect in ground.of(PUSH):
        if effect.proof is not None:
            sha, note = str(effect.proof.get("sha", ""))[:7], str(effect.proof.get("branch", ""))
            where = f"{effect.proof.get('remote', '')}/{note}"
            what = one_line(f"{sha} was pushed to {where}: after a push nothing is undone")
            raise Problem(what, ground.state.loop, _forward(ground.state), code=Code.NOT_ALLOWED)


def _forward(state: RunState) -> str:
    """How to fix what was shipped: a revert, and the next patch."""
    commit = next((e for e in reversed(state.effects) if e.kind == COMMIT), None)
    write = next((e for e in reversed(state.effects) if e.kind == VERSION), None)
    proof = (commit.proof or {}) if commit else {}
    sha = str(proof.get("sha", ""))[:12] or shipped_commit(state.model_dump(mode="json"))[:12] or "SHA"
    listed = commit.intent.get("files") if commit else None
    names = [str(name) for name in listed] if isinstance(listed, list) else []
    versions = files_of([e for e in state.effects if e.kind == VERSION]) or (PACKAGE,)
    beside = [name for name in names if name not in versions]
    version = read_version(str(write.intent.get("to", ""))) if write else None
    patch = f", {version.bump_patch()}" if version else ""
    after = f"then `loop-tui run` ships the next patch{patch}"
    if not commit or beside or not names:
        kept = [name for name in names if name in versions]
        keep = f" && git checkout HEAD -- {' '.join(kept)}" if kept else ""
        return f"roll forward: git revert --no-commit {sha}{keep} && git commit -m 'fix: revert {sha[:7]}'; {after}"
    base = str(write.intent.get("base", ""))[:12] if write else ""
    span = f" (git log --oneline {base}..{sha} lists them)" if base else ""
    return f"roll forward: git revert COMMIT for each commit of the release that was wrong{span}; {after}"


# --- looking --------------------------------------------------------------------------------------------------------


async def _plan(ground: _Ground) -> _Plan:
    """Everything that has to hold is looked at here, before anything is touched. Raises Problem for what does not."""
    root = ground.root
    if begun := await git.underway(root):
        raise Problem(f"a {begun[0]} is in progress: nothing was undone", str(root), begun[1], code=Code.GIT_STATE)
    head, branch = await git.head_sha(root) or "", await git.branch(root) or ""
    if not head:
        raise Problem("there is no commit: nothing was undone", str(root), code=Code.GIT_STATE)
    commits, target = await _chain(ground, head, branch)
    if commits:
        # What is changed outside of the package was no part of its commit, and is not touched.
        scope = scope_of(ground.project, root, written_files(ground.state.effects))
        status, _ = scope.split(await git.status(root, ground.without))
        paths = [entry.path for entry in (*status.staged, *status.unstaged)] + list(status.conflicted)
        if paths:
            what = f"changed since {head[:7]} was committed: {few(list(dict.fromkeys(paths)))}; nothing was undone"
            raise Problem(one_line(what), str(root), "git stash, then undo, then git stash pop", code=Code.TREE_CHANGED)
    await refuse_if_published(root, branch, [sha for _, sha in commits], ground.of(PUSH), _forward(ground.state))
    written = _written(ground)
    files: Mapping[str, bytes] = {}
    if written is not None:
        if await history.version_at(root, target, _inner(ground, PACKAGE)) == written.after:
            what = f"{target[:7]} holds version {written.after}, but is not a commit of this run: nothing was undone"
            raise Problem(one_line(what), str(root), _forward(ground.state), code=Code.NOT_ALLOWED)
        files = await files_before(root, target, written, _sites(ground))
    # A run may write these without any version. A Dream State that somebody changed since is theirs.
    files = {**files, **texts_before(root, ground.of(DREAM_STATE))}
    files = {**files, **changelogs_before(root, ground.of(CHANGELOG), files_of(ground.of(VERSION_SCRIPT)))}
    return _Plan(head, target, branch, commits, files, written, changed_since(root, ground.of(DREAM_STATE)))


def _written(ground: _Ground) -> Written | None:
    return written_by(ground.of(VERSION))


def _sites(ground: _Ground) -> VersionSites:
    """Where the version stands. Raises Problem when there is no package.json any more."""
    package = npm.read_package(ground.project)
    if package is None:
        raise Problem("there is none: nothing was undone", str(ground.project / PACKAGE), code=Code.TREE_CHANGED)
    return VersionSites(package, workspace_of(package, ground.root), named_files(ground.definition))


async def _chain(ground: _Ground, head: str, branch: str) -> tuple[tuple[tuple[str, str], ...], str]:
    """Our commits from HEAD downwards, as (effect, sha), and the commit below them.

    Raises Problem when HEAD is a commit that is not ours on top of one that is, or in its place.
    """
    found: list[tuple[str, str]] = []
    at = head
    for effect in reversed(ground.of(COMMIT)):
        parent, sha = str(effect.intent.get("parent", "")), _known_sha(ground, effect)
        if at == parent:
            continue  # Never made, or taken back before.
        if (at == sha) if sha else await _is_ours(ground, at, effect):
            if effect.intent.get("branch") != branch:
                wanted = one_line(str(effect.intent.get("branch", "")))
                raise Problem(
                    f"{at[:7]} was made on {wanted}, not on {branch or 'a detached HEAD'}",
                    str(ground.root),
                    code=Code.GIT_STATE,
                )
            if not parent or await _parents(ground.root, at) != [parent]:
                what = f"{at[:7]} is not a child of {one_line(parent, 12) or 'nothing'}, as this run recorded"
                raise Problem(
                    f"{what}: nothing was undone", str(ground.root), _forward(ground.state), code=Code.GIT_STATE
                )
            found.append((effect.id, at))
            at = parent
        elif sha:
            what = f"HEAD is {at[:7]}, not {sha[:7]}, which this run made: nothing was undone"
            todo = f"check what came on top: git log --oneline {sha[:12]}..HEAD; or roll forward with git revert"
            raise Problem(what, str(ground.root), todo, code=Code.GIT_STATE)
    return tuple(found), at


def _known_sha(ground: _Ground, effect: Effect) -> str:
    """The commit of an effect: its proof, or what an undo that was cut off wrote down."""
    if effect.proof is not None:
        return str(effect.proof.get("sha", ""))
    for undo in ground.of(UNDO):
        commits = undo.intent.get("commits")
        if isinstance(commits, dict) and isinstance(sha := commits.get(effect.id), str):
            return sha
    return ""


async def _is_ours(ground: _Ground, sha: str, effect: Effect) -> bool:
    """True when a commit is exactly what that effect meant, though nobody had time to prove it."""
    found = (await git.ask(ground.root, "log", "-1", "--format=%P%x00%B", git.END_OF_OPTIONS, sha, "--")).rstrip("\n")
    parents, _, message = found.partition("\0")
    return (
        parents.split() == [effect.intent.get("parent")]
        and message.strip() == str(effect.intent.get("message", "")).strip()
        and await trees.tree_of(ground.root, sha, ground.without) == effect.intent.get("tree")
    )


async def _parents(root: Path, sha: str) -> list[str]:
    return (await git.ask(root, "log", "-1", "--format=%P", git.END_OF_OPTIONS, sha, "--")).split()


def _inner(ground: _Ground, name: str) -> str:
    """A file of the project, from the top of the repository."""
    return (ground.project.resolve() / name).relative_to(ground.root.resolve()).as_posix()


# --- doing ----------------------------------------------------------------------------------------------------------


async def _bring_about(ground: _Ground, plan: _Plan) -> None:
    """The branch first, then the index, then the files: what is left to do after a crash can be told at each point."""
    if plan.head != plan.target:
        await git.ask_plain(
            ground.root, "update-ref", "-m", "loop-tui undo", git.END_OF_OPTIONS, "HEAD", plan.target, plan.head
        )
    if ground.of(COMMIT):
        added = [path for effect in ground.of(COMMIT) for path in _texts(effect.intent.get("added"))]
        written = (*ground.of(VERSION), *ground.of(CHANGELOG), *ground.of(DREAM_STATE))
        files = list(dict.fromkeys((*files_of(written), *plan.files)))
        await _as_in(ground.root, plan.target, [*files, *added])
    for name, data in plan.files.items():
        put_back(ground.root / name, data, ground.run_dir)


async def _as_in(root: Path, revision: str, paths: Sequence[str]) -> None:
    """Let the index hold these paths as that commit has them, and not where it has none; files stay as they are."""
    if not paths:
        return
    listed = git.fields(await git.ask(root, "ls-tree", "-r", "-z", git.END_OF_OPTIONS, revision, "--", *paths))
    there = {entry.partition("\t")[2]: entry for entry in listed}
    known = set(git.fields(await git.ask(root, "ls-files", "-z", "--", *paths)))
    rows = []
    for path in dict.fromkeys(paths):
        if path in there:
            mode, _, rest = there[path].partition(" ")
            rows.append(f"{mode} {rest.split(' ', 1)[1].partition(chr(9))[0]}\t{path}")
        elif path in known:
            rows.append(f"0 {'0' * len(revision)}\t{path}")
    if rows:
        text = "".join(f"{row}\0" for row in rows).encode("utf-8", "surrogateescape")
        await git.ask_plain(root, "update-index", "-z", "--index-info", stdin=text)


def _texts(value: object) -> tuple[str, ...]:
    return tuple(str(item) for item in value) if isinstance(value, list) else ()


def _is_irreversible(kind: str) -> bool:
    return kind in PACK.effects and PACK.effects[kind].irreversible
