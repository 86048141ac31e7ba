"""The kinds of effects of shipping, by their words in state files, and what an aborted run leaves of them."""

import shlex
from collections.abc import Iterable, Sequence

from loop_tui.model.evidence import Effect
from loop_tui.model.text import one_line

VERSION, COMMIT, PUSH, TAG, UNDO = "version-write", "commit", "push", "tag", "undo"
BRANCH, PULL_REQUEST, AUTO_MERGE, MERGE = "branch", "pull", "auto-merge", "merge"
VERSION_SCRIPT = "version-script"
CHANGELOG, CHANGELOG_DRAFT = "changelog", "changelog-draft"
DREAM_STATE = "dream-state"
"""The row of the release in a Dream State that is committed with it."""
TAG_CHOICE = "tag-choice"
"""Whether the release gets a tag: facts that are remembered, no change of the world."""
PLAN = "plan"
"""The version that was planned: a fact that is remembered, no change of the world."""
RELEASE = "release"
"""What was released: facts that are remembered, no change of the world."""
DESTINATION = "destination"
"""The branch that the run began on, and where it goes: facts that are remembered, no change of the world."""
WORKFLOW_AGAIN = "workflow-again"
TARBALL, SYNC = "tarball", "sync"
RELEASE_TAG, RELEASE_DRAFT, RELEASE_ASSET = "release-tag", "release-draft", "release-asset"
PUBLISH, PUBLISH_ATTEMPT = "publish", "publish-attempt"
"""The version at its registry; and what is known of the last try: facts that are remembered, no change of the world."""
RELEASE_CLEAR, RELEASE_PUBLISH = "release-clear", "release-publish"


def files_of(effects: Iterable[Effect]) -> tuple[str, ...]:
    """The files that effects name in `files`, of what was meant and of what was proven."""
    found: list[str] = []
    for effect in effects:
        for facts in (effect.intent, effect.proof or {}):
            listed = facts.get("files")
            found += [str(path) for path in listed] if isinstance(listed, list) else []
    return tuple(dict.fromkeys(found))


def written_files(effects: Sequence[Effect]) -> tuple[str, ...]:
    """What a run wrote, wherever it lies, from the repository's top, for `Pack.written`.

    The undo is none of these: it names its files from the package's folder.
    """
    kinds = (VERSION, VERSION_SCRIPT, CHANGELOG, DREAM_STATE, COMMIT)
    return files_of(effect for effect in effects if effect.kind in kinds)


def commit_left_behind(effect: Effect, effects: Sequence[Effect]) -> str:
    """What stays of a commit that was made, and how to take it back; nothing once something was pushed."""
    sha, parent = str((effect.proof or {}).get("sha", "")), str(effect.intent.get("parent", ""))
    if not sha or any(each.kind in (PUSH, BRANCH) for each in effects):
        return ""
    back = f"`git reset --soft {parent[:7]}` undoes it, " if parent else ""
    return f"the commit {sha[:7]} is kept, unpushed: {back}the next run asks whether to ship it"


def version_left_behind(effect: Effect, effects: Sequence[Effect]) -> str:
    """What stays of a version that was written, and how to put it back; nothing once it was committed."""
    if any(each.kind in (PUSH, COMMIT) for each in effects):
        return ""
    version = effect.intent.get("to")
    listed = effect.intent.get("files")
    files = [one_line(str(path)) for path in listed] if isinstance(listed, list) else ["package.json"]
    return f"package.json stays at {version}: `git checkout -- {' '.join(map(shlex.quote, files))}` restores it"


def changelog_left_behind(effect: Effect, effects: Sequence[Effect]) -> str:
    """What stays of a changelog that was raised, and how to put it back; nothing once it was committed."""
    if any(each.kind in (PUSH, COMMIT) for each in effects):
        return ""
    name = one_line(str(effect.intent.get("file") or "CHANGELOG.md"))
    section = f"{name} keeps its section {one_line(str(effect.intent.get('to')))}"
    return f"{section}: `git checkout -- {shlex.quote(name)}` restores it" if effect.intent else ""


def dream_state_left_behind(effect: Effect, effects: Sequence[Effect]) -> str:
    """What stays of the row of a release, and how to take it back; nothing once it was committed."""
    name = one_line(str(effect.intent.get("file") or ""))
    if not name or any(each.kind in (PUSH, COMMIT) for each in effects):
        return ""
    return f"{name} keeps the row of this release: `git checkout -- {shlex.quote(name)}` restores it"
