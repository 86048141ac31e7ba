"""The kinds of effects of shipping, by their words in state files, and what an aborted run leaves of them."""

from collections.abc import Sequence

from loop_tui.model.evidence import Effect

VERSION, COMMIT, PUSH, TAG, UNDO = "version-write", "commit", "push", "tag", "undo"
BRANCH, PULL_REQUEST, AUTO_MERGE, MERGE = "branch", "pull", "auto-merge", "merge"
RELEASE = "release"
"""What was released: facts that are remembered, no change of the world."""
WORKFLOW_AGAIN = "workflow-again"
TARBALL, SYNC = "tarball", "sync"
RELEASE_TAG, RELEASE_DRAFT, RELEASE_ASSET = "release-tag", "release-draft", "release-asset"
RELEASE_CLEAR, RELEASE_PUBLISH = "release-clear", "release-publish"


def version_left_behind(effect: Effect, effects: Sequence[Effect]) -> str:
    """What stays of a version that was written, and how to put it back; nothing once it was pushed."""
    kinds = {each.kind for each in effects}
    if PUSH in kinds:
        return ""
    version = effect.intent.get("to")
    if COMMIT in kinds:
        return f"the commit with version {version} stays, unpushed"
    return f"package.json stays at {version}: `git checkout -- package.json package-lock.json` puts it back"
