"""What is published: the tarball that was verified with the shipped tree, where to, and under which dist-tag."""

import asyncio
import base64
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace
from pydantic import JsonValue
from semver import Version

from loop_tui.fs.limits import PACKED
from loop_tui.fs.plain import copy_plain, digest_of
from loop_tui.fs.temporary import temporary_folder
from loop_tui.model.definition import TargetDefinition
from loop_tui.model.problem_codes import Code
from loop_tui.model.secrets import command_line
from loop_tui.packs.ship.packaging import verified
from loop_tui.packs.ship.versions.channels import channel_of, dist_tag
from loop_tui.runners.context import Context, Proof, SkillFailed
from loop_tui.runners.targets import Shipment
from loop_tui.services.registry import npm_registry
from loop_tui.services.registry.npm_registry import PublishRequest
from loop_tui.services.registry.place import RegistryPlace, place_of
from loop_tui.services.toolchains import npm, packing

_ANEW = 'loop-tui phase VERIFY --reason "pack it again"   # verifies and packs it again'


class PublishPlan(Struct, frozen=True):
    """One version of one package, the bytes that it is to have, and where they go."""

    name: str
    version: str
    commit: str
    sha256: str
    integrity: str
    request: PublishRequest
    packed: str
    """The version as package.json in the tarball has it: it may hold build metadata."""

    @property
    def place(self) -> RegistryPlace:
        """The registry."""
        return self.request.place

    @property
    def spec(self) -> str:
        """`name@version`."""
        return f"{self.name}@{self.version}"

    @property
    def intent(self) -> Proof:
        """What is recorded before anything is done."""
        return {
            "name": self.name,
            "version": self.version,
            "registry": self.place.registry,
            "integrity": self.integrity,
            "dist_tag": self.request.tag,
            "access": self.request.access,
            "commit": self.commit,
        }

    @property
    def command(self) -> str:
        """How a person sees the proof."""
        return command_line(["npm", "view", self.spec, "dist.integrity", *self.place.arguments])


async def plan_of(ctx: Context, target: TargetDefinition, shipment: Shipment, root: Path) -> PublishPlan:
    """What this run publishes for a target. Raises SkillFailed where that tarball is gone, and Problem."""
    tarball = await asyncio.to_thread(verified.of_tree, ctx, shipment.tree)
    if tarball is None:
        raise gone("there is no verified tarball of the shipped tree", str(ctx.run_dir))
    document, sha256, integrity = await asyncio.to_thread(_read, tarball)
    name, version = _text(document, "name"), _text(document, "version")
    if version != shipment.version or not name:
        raise gone(f"the verified tarball is {name}@{version}, but {shipment.version} was shipped", tarball.name)
    package = npm.read_package(ctx.project)
    packer = await packing.packer_of(package, npm.detect_manager(package, root)) if package else packing.Packer(_NPM)
    place = await place_of(ctx.project, document, _text(target.settings, "registry"))
    access = access_of(target, place)
    request = PublishRequest(
        tarball=tarball,
        place=place,
        tag=set_tag(target, place) or usual_tag(version, shipment.branch),
        access=access,
        provenance=access != "restricted" and npm_registry.is_npmjs(place) and offers_provenance(os.environ),
        manager=packer.manager,
        yarn_major=packer.major,
        own_registry=npm_registry.described(document),
    )
    return PublishPlan(name, as_registered(version), shipment.sha, sha256, integrity, request, version)


def as_registered(version: str) -> str:
    """A version as registries have it: without build metadata (`1.2.3+5`), which npm drops when it publishes."""
    return version.partition("+")[0]


@asynccontextmanager
async def checked_copy(plan: PublishPlan) -> AsyncIterator[PublishRequest]:
    """The request with a copy of the tarball that was checked, in a folder that only its owner may enter.

    What publishes opens the tarball by its name, perhaps twice: it must be given no name under which another file may
    lie meanwhile. Raises SkillFailed when the tarball is not the one that was verified any more, and OSError.
    """
    tarball = plan.request.tarball
    with temporary_folder("publish") as folder:
        copy = folder / tarball.name
        found = await asyncio.to_thread(_copied, tarball, copy)
        if found != (plan.sha256, plan.integrity):
            what = "was changed since it was verified" if found else "is missing"
            raise gone(f"{tarball.name} {what}: nothing is published", str(tarball.parent))
        yield replace(plan.request, tarball=copy)


def _copied(tarball: Path, copy: Path) -> tuple[str, str] | None:
    """Copy it, and give what the copy is: its SHA-256 and its integrity; None where there is nothing to copy."""
    try:
        copy_plain(tarball, copy, PACKED)
    except OSError:
        if not tarball.exists():
            return None
        raise
    return digest_of(copy, PACKED)[0], integrity_of(copy)


def gone(what: str, where: str) -> SkillFailed:
    """The failure for a tarball that is not there as it was verified: it is never packed anew behind anybody's back."""
    return SkillFailed(what, where, _ANEW, code=Code.TREE_CHANGED)


def offers_provenance(environment: Mapping[str, str]) -> bool:
    """True on a CI whose identity npm can sign provenance with: GitHub Actions and GitLab, where the job may ask."""
    on_github = environment.get("GITHUB_ACTIONS") == "true" and "ACTIONS_ID_TOKEN_REQUEST_URL" in environment
    return on_github or (environment.get("GITLAB_CI") == "true" and "SIGSTORE_ID_TOKEN" in environment)


_SHORT = 12
_NPM = npm.PackageManager.NPM


def set_tag(target: TargetDefinition, place: RegistryPlace) -> str:
    """The dist-tag that the target, `publishConfig` or `.npmrc` names; empty where none does."""
    return _text(target.settings, "tag") or place.tag


def access_of(target: TargetDefinition, place: RegistryPlace) -> str:
    """Who may see the package, as the target, `publishConfig` or `.npmrc` say; empty where none does."""
    return _text(target.settings, "access") or place.access


def usual_tag(version: str, branch: str) -> str:
    """The dist-tag where nothing names one: by version and branch (SHIP). Raises ValueError for what is no version."""
    return dist_tag(Version.parse(version), channel_of(branch))


def integrity_of(tarball: Path) -> str:
    """What registries call the integrity of a file: `sha512-` and its digest. Raises OSError."""
    digest, _ = digest_of(tarball, PACKED, algorithm="sha512")
    return f"sha512-{base64.b64encode(bytes.fromhex(digest)).decode()}"


def short(integrity: str) -> str:
    """An integrity for a sentence, as git shortens what it names; `unknown` where there is none."""
    kind, sign, digest = integrity.partition("-")
    return f"{kind}{sign}{digest[:_SHORT]}" if integrity else "unknown"


class OtherContents(SkillFailed):
    """A version that is out with other bytes than ours. `evidence` has both integrities in full."""

    def __init__(self, spec: str, registry: str, theirs: str, ours: str, todo: str) -> None:
        what = f"{spec} is at {registry} with integrity {short(theirs)}, the verified tarball has {short(ours)}"
        super().__init__(what, registry, todo, code=Code.REGISTRY_REFUSED)
        self.evidence: Proof = {"integrity": theirs or "unknown", "verified": ours, "registry": registry}

    @property
    def lines(self) -> str:
        """What was compared, a line each."""
        return "\n".join(f"{key}: {value}" for key, value in self.evidence.items())


def _read(tarball: Path) -> tuple[Mapping[str, JsonValue], str, str]:
    return packing.packed_document(tarball), digest_of(tarball, PACKED)[0], integrity_of(tarball)


def _text(table: Mapping[str, JsonValue], key: str) -> str:
    value = table.get(key)
    return value if isinstance(value, str) else ""
