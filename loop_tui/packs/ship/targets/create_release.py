"""Making a release, each step an effect: it is a draft until all its files are there, and there is one of it.

A versioned tag: tag, draft, files, publish. A rolling tag: draft and files first, then what stood there and its tag are
deleted, and tag and release made public; whoever dies on the way finds by the text of the releases which one is ours.
"""

from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from loop_tui.model.definition import TargetDefinition
from loop_tui.model.log import LogLevel as LogLevel
from loop_tui.model.problem_codes import Code
from loop_tui.packs.ship.effects import (
    RELEASE_ASSET,
    RELEASE_CLEAR,
    RELEASE_DRAFT,
    RELEASE_PUBLISH,
    RELEASE_TAG,
)
from loop_tui.packs.ship.versions.changelog import COMMIT, body
from loop_tui.runners.context import Act, Context, Observe, Proof, SkillFailed
from loop_tui.runners.targets import Shipment
from loop_tui.services.github import gh
from loop_tui.services.github.gh import Repository
from loop_tui.services.github.models import Asset, Release

from .release_files import File, prepare, tarball_name


class ReleasePlan(Struct, frozen=True):
    """One release: of which commit, where, and under which tag. A `rolling` tag belongs to the newest release."""

    ctx: Context
    target: TargetDefinition
    shipment: Shipment
    repo: Repository
    root: Path
    tag: str
    rolling: bool

    @property
    def tarball(self) -> str:
        """What its tarball is called."""
        return tarball_name(self.repo.name, self.shipment.version)


class Making:
    """Makes the release of a plan; whatever is there already stays as it is."""

    def __init__(self, plan: ReleasePlan) -> None:
        self.plan = plan
        self._files: tuple[File, ...] = ()

    def digest(self, name: str) -> str:
        """The sha256 of a file as it was made here; empty before `make`."""
        return next((file.sha256 for file in self._files if file.name == name), "")

    async def make(self) -> None:
        """Bring the release about.

        Raises SkillFailed when the tag names another commit, GhProblem for what GitHub refuses, and Problem when the
        tarball cannot be made. It goes on where it was when it is called again.
        """
        plan = self.plan
        self._files = await prepare(plan.ctx, plan.root, plan.shipment, plan.tarball, plan.target.id)
        if not plan.rolling:
            await self._tag()
        release_id = await self._draft()
        for file in self._files:
            await self._upload(release_id, file)
        await self._clear(release_id)
        if plan.rolling:
            await self._tag()
        await self._publish(release_id)

    async def _effect(self, kind: str, observe: Observe, act: Act, more: Proof | None = None) -> Proof:
        plan, sha = self.plan, self.plan.shipment.sha
        intent: Proof = {"tag": plan.tag, "sha": sha, "repository": str(plan.repo), **(more or {})}
        name = f"-{more['asset']}" if more and "asset" in more else ""
        effect_id = f"release-{plan.target.id}-{plan.tag}-{sha[:12]}-{kind.removeprefix('release-')}{name}"
        return await plan.ctx.do.effect(effect_id, kind, intent, observe, act)

    # --- which is ours ---

    async def _known(self) -> list[Release]:
        """The releases of our tag, drafts too."""
        return [release for release in await gh.releases(self.plan.repo) if release.tag_name == self.plan.tag]

    def _is_ours(self, release: Release) -> bool:
        """True for what was made of our commit; a public release of a versioned tag is, as its tag is at our commit."""
        named = f"{COMMIT}{self.plan.shipment.sha}" in release.body
        return named or (not self.plan.rolling and not release.draft)

    async def _one(self, release_id: int) -> Release | None:
        return next((release for release in await self._known() if release.id == release_id), None)

    # --- the steps ---

    async def _tag(self) -> None:
        plan, sha = self.plan, self.plan.shipment.sha

        async def observe() -> Proof | None:
            found = await gh.tag_commit(plan.repo, plan.tag)
            if found not in (None, sha):
                raise SkillFailed(
                    f"the tag {plan.tag} points to {str(found)[:7]} on GitHub, not {sha[:7]}; a tag is never moved",
                    str(plan.repo),
                    "raise the version and ship that",
                    code=Code.GIT_STATE,
                )
            return {"sha": sha} if found else None

        async def act() -> None:
            await gh.create_tag(plan.repo, plan.tag, sha)

        await self._effect(RELEASE_TAG, observe, act)

    async def _draft(self) -> int:
        plan = self.plan

        async def observe() -> Proof | None:
            ours = [release for release in await self._known() if self._is_ours(release)]
            chosen = min(ours, key=lambda release: (release.draft, release.id), default=None)
            return {"id": chosen.id} if chosen else None

        async def act() -> None:
            version, sha = plan.shipment.version, plan.shipment.sha
            title = f"v{version}" if plan.rolling else plan.tag
            text = await body(plan.ctx, plan.root, version, sha)
            await gh.create_release(plan.repo, plan.tag, target=sha, title=title, body=text, draft=True)
            plan.ctx.do.say(f"Drafted the release {plan.tag}")

        return int(str((await self._effect(RELEASE_DRAFT, observe, act))["id"]))

    async def _upload(self, release_id: int, file: File) -> None:
        plan = self.plan

        async def there() -> Sequence[Asset]:
            release = await self._one(release_id)
            if release is None:
                raise SkillFailed(
                    f"the release {plan.tag} that was drafted ({release_id}) no longer exists",
                    str(plan.repo),
                    "run `phase SHIP` to start again, or create it by hand",
                    code=Code.EFFECT_UNPROVEN,
                )
            return [asset for asset in release.assets if asset.name == file.name]

        async def observe() -> Proof | None:
            size = file.path.stat().st_size
            for asset in await there():
                same = asset.sha256 == file.sha256 if asset.sha256 else asset.size == size
                if asset.state == "uploaded" and same:
                    return {"id": asset.id, "size_bytes": size}
            return None

        async def act() -> None:
            for half in await there():  # half uploaded, or of an earlier try
                await gh.delete_asset(plan.repo, half.id)
            await gh.upload_asset(plan.repo, release_id, file.path, content_type=file.content_type)
            plan.ctx.do.say(f"Uploaded {file.name}  sha256 {file.sha256}")

        await self._effect(RELEASE_ASSET, observe, act, {"asset": file.name, "sha256": file.sha256})

    async def _clear(self, release_id: int) -> None:
        """Take away what else goes by this tag: older drafts of ours, and for a rolling tag what stood there."""
        plan = self.plan

        async def others() -> list[Release]:
            found = [release for release in await self._known() if release.id != release_id]
            return [r for r in found if (r.draft and COMMIT in r.body) or (plan.rolling and not r.draft)]

        async def is_elsewhere() -> bool:
            return plan.rolling and await gh.tag_commit(plan.repo, plan.tag) not in (None, plan.shipment.sha)

        async def observe() -> Proof | None:
            return None if await others() or await is_elsewhere() else {"id": release_id}

        async def act() -> None:
            for old in await others():
                await gh.delete_release(plan.repo, old.id)
                plan.ctx.do.say(f"Deleted the {'draft' if old.draft else 'release'} {plan.tag} of {old.created_at}")
            if await is_elsewhere():
                await gh.delete_tag(plan.repo, plan.tag)

        await self._effect(RELEASE_CLEAR, observe, act)

    async def _publish(self, release_id: int) -> None:
        plan = self.plan

        async def observe() -> Proof | None:
            release = await self._one(release_id)
            return {"id": release_id, "url": release.html_url} if release and not release.draft else None

        async def act() -> None:
            await gh.publish_release(plan.repo, release_id)
            plan.ctx.do.say(f"Published the release {plan.tag}", LogLevel.OK)

        await self._effect(RELEASE_PUBLISH, observe, act)
