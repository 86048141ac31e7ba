"""Target `github-release`: a release that holds our tarball and names our commit (SHIP "Confirming").

Settings: `tag` ("latest", or with `{version}` in it), `mode` (`confirm`: the project's CI makes it; `create`: it is
made here, see `create_release`), `verify` (true: the tarball is fetched and its digest compared), and those of time.
"""

import re
from datetime import datetime, timedelta
from pathlib import Path

from loop_tui.fs.limits import MANIFEST
from loop_tui.fs.plain import read_text
from loop_tui.fs.temporary import temporary_folder
from loop_tui.model.clock import ms_between, parse_stamp
from loop_tui.model.definition import TargetDefinition
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.regex import regex
from loop_tui.model.text import count_of
from loop_tui.packs.ship.effects import PUSH
from loop_tui.packs.ship.evidence import newest, repository
from loop_tui.packs.ship.targets.create_release import Making, ReleasePlan
from loop_tui.packs.ship.targets.durations import earlier_ms
from loop_tui.packs.ship.targets.polling import Observation, PollProblem, watch
from loop_tui.packs.ship.targets.release_files import CHECKSUMS, digest_in
from loop_tui.runners.context import Context, Proof, SkillFailed
from loop_tui.runners.targets import Shipment, TargetLevel, TargetVerdict
from loop_tui.services.git import git
from loop_tui.services.github import gh
from loop_tui.services.github.gh import Repository
from loop_tui.services.github.models import Asset, Release

from .github_actions import repository_on_github

CAP_S = 300.0
CONFIRM, CREATE = "confirm", "create"
# How far apart our clock and GitHub's may be.
_SKEW = timedelta(seconds=60)
_SHA = regex(r"\b[0-9a-f]{7,40}\b")
_VERSION = regex(r"^\W*Version\W*:\W*v?(\d+\.\d+\.\d+[0-9A-Za-z.+-]*)", re.IGNORECASE | re.MULTILINE)


async def confirm(ctx: Context, target: TargetDefinition, shipment: Shipment) -> TargetVerdict:
    """`confirmed` when the release of the tag holds our tarball, whole and made after the push, and names our commit.

    A release that names something else is `not seen` when the time is up, with what it says.
    """

    def verdict(level: TargetLevel, summary: str = "") -> TargetVerdict:
        return TargetVerdict(target=target.id, level=level, summary=summary, at=ctx.do.now())

    template, mode = target.settings.get("tag"), target.settings.get("mode", CONFIRM)
    verify = target.settings.get("verify", False)
    if not isinstance(template, str) or mode not in (CONFIRM, CREATE) or not isinstance(verify, bool):
        raise Problem(
            f"target {target.id} has an invalid setting",
            ctx.definition.source,
            'tag is "latest" or like "v{version}", mode is "confirm" or "create", verify is true or false',
            code=Code.TARGET_INVALID,
        )
    if not shipment.pushed:
        return verdict(TargetLevel.SKIPPED, "nothing was pushed in this run")
    if not shipment.version:
        return verdict(TargetLevel.FAILED, "package.json has no version, so the name of the tarball is unknown")
    repo, root = await repository_on_github(ctx, shipment), await repository(ctx)
    tag = template.replace("{version}", shipment.version)
    plan = ReleasePlan(ctx, target, shipment, repo, root, tag, rolling="{version}" not in template)
    follow = _Follow(plan, await _moments(ctx, root, shipment), verify, Making(plan) if mode == CREATE else None)
    if "appear_s" not in target.settings:
        # A 404 says nothing until the cap: the release comes at the end of all that CI does.
        settings = {**target.settings, "appear_s": target.settings.get("cap_s", CAP_S)}
        target = target.model_copy(update={"settings": settings})
    usually_ms = await earlier_ms(ctx, target)
    return await watch(ctx, target, shipment, follow.look, cap_s=CAP_S, usually_ms=usually_ms)


async def _moments(ctx: Context, root: Path, shipment: Shipment) -> tuple[datetime | None, datetime | None]:
    """When the commit was made and when it was pushed, as far as it is known."""
    made = (await git.ask(root, "log", "-1", "--format=%cI", git.END_OF_OPTIONS, shipment.sha, "--")).strip()
    push = newest(ctx, PUSH)
    return parse_stamp(made), parse_stamp((push.intended_at or push.proven_at) if push else "")


class _Follow:
    """Looks at the release of the tag; first makes it, when that is ours to do."""

    def __init__(
        self, plan: ReleasePlan, moments: tuple[datetime | None, datetime | None], verify: bool, making: Making | None
    ) -> None:
        self.plan, self.verify, self.making = plan, verify, making
        self.repo: Repository = plan.repo
        self.sha, self.version, self.tag = plan.shipment.sha, plan.shipment.version, plan.tag
        self.committed, self.pushed = moments
        self.made = making is None

    async def look(self) -> Observation:
        """Look once. Raises GhProblem or Trouble for what may pass by itself, Problem for what does not."""
        if self.making is not None and not self.made:
            try:
                await self.making.make()
            except SkillFailed as failed:
                if failed.kind == "external":
                    raise PollProblem(failed.what, failed.where, failed.todo, code=failed.code) from failed
                raise
            self.made = True
        release = await gh.release(self.repo, self.tag)
        if release is None:
            facts: Proof = {"api": self._api, "field": "404"}
            return Observation(TargetLevel.EXPECTED, "", f"the release {self.tag}", facts)
        return await self._judge(release, await gh.tag_commit(self.repo, self.tag))

    @property
    def _api(self) -> str:
        return f"GET {self.repo.path('releases', 'tags', self.tag)}"

    async def _judge(self, release: Release, tagged: str | None) -> Observation:
        how, is_strong = self._names_us(release, tagged)
        name = self.plan.tarball
        asset = next((a for a in release.assets if a.name == name), None)
        facts = self._facts(release, tagged, asset)

        def seen(level: TargetLevel, summary: str, waiting_for: str = "") -> Observation:
            return Observation(level, summary, waiting_for, facts, release.id, release.html_url)

        if not how:
            return seen(TargetLevel.EXPECTED, self._says(release, tagged), f"a release {self.tag} of {self.sha[:7]}")
        facts["named"] = how
        begun = TargetLevel.TRIGGERED if is_strong else TargetLevel.EXPECTED
        if asset is None or asset.state != "uploaded":
            state = "is missing" if asset is None else f"is {asset.state}"
            return seen(begun, f"{self.tag}: {name} {state}", f"{name} in {self.tag} ({state})")
        if not self._is_fresh(asset, is_strong):
            old = f"{name} is from {asset.created_at}, before the push"
            return seen(begun, f"{self.tag}: {old}", f"{name} of this push ({old})")
        if wrong := await self._wrong_content(release, asset, facts):
            return seen(TargetLevel.FAILED, f"{self.tag}: {wrong}")
        took = self._took_ms(asset)
        if took is not None:
            facts["took_ms"] = took
        return seen(TargetLevel.CONFIRMED, f"{self.tag} holds {name}; {how}")

    def _names_us(self, release: Release, tagged: str | None) -> tuple[str, bool]:
        """By what the release names our commit, and whether that is by its sha; nothing when it does not."""
        if tagged == self.sha:
            return f"the tag is at {self.sha[:7]}", True
        if any(self.sha.startswith(word) for word in _SHA.findall(release.body)):
            return f"its text names {self.sha[:7]}", True
        if self.version in _VERSION.findall(release.body):
            return f"its text has Version: {self.version}", False
        return "", False

    def _says(self, release: Release, tagged: str | None) -> str:
        """What a release that is not ours says of itself."""
        version = next(iter(_VERSION.findall(release.body)), "")
        at = f", at {tagged[:7]}" if tagged else ""
        of = release.published_at or release.created_at
        files = ", ".join(a.name for a in release.assets[:3]) or "no files"
        return f"{self.tag} is a different one: {f'version {version}, ' if version else ''}{files}, of {of}{at}"

    def _is_fresh(self, asset: Asset, is_strong: bool) -> bool:
        """True when the file was made after the push.

        Where the sha is named, after the commit was made: a pull request was merged, and CI done with it, long before
        this run came to see the merge.
        """
        made = parse_stamp(asset.created_at)
        since = self.committed if is_strong else self.pushed
        return made is None or since is None or made >= since - _SKEW

    def _took_ms(self, asset: Asset) -> int | None:
        took = ms_between(self.pushed.isoformat(), asset.created_at) if self.pushed else None
        return took if took is not None and took >= 0 else None

    def _facts(self, release: Release, tagged: str | None, asset: Asset | None) -> Proof:
        facts: Proof = {
            "command": f"gh api {self._api.removeprefix('GET ')}",
            "api": self._api,
            "id": release.id,
            "field": f"asset {asset.name}: {asset.state}" if asset else "assets",
            "time": asset.created_at if asset else release.published_at,
            "tag": f"{self.tag} at {tagged or 'no commit'}",
            "place": f"release {self.tag}",
            "version": next(iter(_VERSION.findall(release.body)), self.version if asset else ""),
        }
        if asset:
            facts |= {"asset": asset.name, "size_bytes": asset.size, "digest": asset.digest}
        return facts

    # --- content ---

    async def _wrong_content(self, release: Release, asset: Asset, facts: Proof) -> str:
        """What is wrong with the tarball as GitHub has it; empty when nothing is."""
        if not asset.size:
            return f"{asset.name} is empty"
        wanted = {"GitHub": asset.sha256}
        if self.making is not None:
            wanted["the local tarball"] = self.making.digest(asset.name)
        got = asset.sha256
        if self.verify:
            with temporary_folder("release") as folder:
                fetched = await gh.download_asset(self.repo, asset.id, folder / "tarball")
                if fetched.size_bytes != asset.size:
                    return f"{asset.name} has {count_of(fetched.size_bytes, 'byte')}, but GitHub reports {asset.size}"
                got = fetched.sha256
                wanted[CHECKSUMS] = await self._checksum(release, asset, folder)
            compared = [place for place, digest in wanted.items() if digest]
            facts["verified"] = f"sha256 {got}" + (f" as in {', '.join(compared)}" if compared else ", named nowhere")
        for place, digest in wanted.items():
            if digest and got and digest != got:
                return f"{asset.name} has sha256 {got[:12]}, but {place} has {digest[:12]}"
        return ""

    async def _checksum(self, release: Release, asset: Asset, folder: Path) -> str:
        """The digest that the release's own checksum file names for our tarball; empty without one."""
        file = next((a for a in release.assets if a.name == CHECKSUMS and a.state == "uploaded"), None)
        if file is None:
            return ""
        fetched = await gh.download_asset(self.repo, file.id, folder / CHECKSUMS)
        return digest_in(read_text(fetched.path, MANIFEST, errors="replace"), asset.name)
