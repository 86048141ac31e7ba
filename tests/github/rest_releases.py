"""Releases and their files."""

from .http import Refused, Reply, Request, invalid, paged
from .model import Model
from .routes import NOT_FOUND, route
from .things import Asset, Release

# An upload that broke off stays half a file until somebody deletes it.
_FOR_EVER = 1_000_000


def _seen(model: Model, release: Release) -> bool:
    if release.hidden > 0:
        release.hidden -= 1
        return False
    return True


def _shown(model: Model, release: Release) -> object:
    document = release.json(model.base)
    for asset in release.assets:
        asset.starting -= asset.starting > 0
    return document


@route("GET", "R/releases")
def _releases(model: Model, request: Request) -> Reply:
    found = [release for release in reversed(model.releases) if _seen(model, release)]
    return paged(request, [_shown(model, release) for release in found])


@route("GET", "R/releases/latest")
def _latest(model: Model, request: Request) -> Reply:
    found = [r for r in reversed(model.releases) if not r.draft and not r.prerelease and _seen(model, r)]
    if not found:
        raise Refused(404, NOT_FOUND)
    return Reply(json=_shown(model, found[0]))


@route("GET", "R/releases/tags/:p")
def _by_tag(model: Model, request: Request, tag: str) -> Reply:
    found = [r for r in reversed(model.releases) if r.tag == tag and not r.draft and _seen(model, r)]
    if not found:
        raise Refused(404, NOT_FOUND)
    return Reply(json=_shown(model, found[0]))


@route("POST", "R/releases")
def _create_release(model: Model, request: Request) -> Reply:
    tag = request.text("tag_name")
    if not tag:
        raise invalid("Release", "tag_name", "missing_field")
    draft = request.flag("draft")
    if not draft and any(r.tag == tag and not r.draft for r in model.releases):
        raise invalid("Release", "tag_name", "already_exists")
    release = Release(
        tag,
        target=request.text("target_commitish") or model.default_branch,
        name=request.text("name") or None,
        body=request.text("body") or None,
        draft=draft,
        prerelease=request.flag("prerelease"),
    )
    if not draft:
        _tag(model, release)
    model.releases.append(release)
    return Reply(201, release.json(model.base))


def _tag(model: Model, release: Release) -> None:
    """Publishing a release makes its tag when there is none."""
    if model.bare.resolve(f"refs/tags/{release.tag}") is None:
        sha = model.bare.resolve(release.target)
        if sha is None:
            raise invalid("Release", "target_commitish", "invalid")
        model.bare.git("update-ref", f"refs/tags/{release.tag}", sha)


def _release(model: Model, release_id: str) -> Release:
    found = [release for release in model.releases if release.id == int(release_id)]
    if not found:
        raise Refused(404, NOT_FOUND)
    return found[0]


@route("GET", "R/releases/:n")
def _one_release(model: Model, request: Request, release_id: str) -> Reply:
    return Reply(json=_shown(model, _release(model, release_id)))


@route("PATCH", "R/releases/:n")
def _edit_release(model: Model, request: Request, release_id: str) -> Reply:
    release, asked = _release(model, release_id), request.json()
    release.name = request.text("name") or release.name
    release.body = request.text("body") or release.body
    release.tag = request.text("tag_name") or release.tag
    release.target = request.text("target_commitish") or release.target
    if asked.get("draft") is False and release.draft:
        _tag(model, release)
        release.draft = False
    return Reply(json=release.json(model.base))


@route("DELETE", "R/releases/:n")
def _delete_release(model: Model, request: Request, release_id: str) -> Reply:
    model.delete_release(_release(model, release_id))
    return Reply(204)


@route("GET", "R/releases/:n/assets")
def _assets(model: Model, request: Request, release_id: str) -> Reply:
    release = _release(model, release_id)
    return paged(request, [asset.json(model.base, release.tag) for asset in release.assets])


@route("POST", "R/releases/:n/assets")
def _upload(model: Model, request: Request, release_id: str) -> Reply:
    if request.host != "uploads.github.com":
        raise Refused(404, NOT_FOUND)
    if "content-length" not in request.headers:
        raise Refused(400, "Bad Content-Length")
    release, name = _release(model, release_id), request.query.get("name", "")
    if not name:
        raise invalid("ReleaseAsset", "name", "missing_field")
    if any(asset.name == name for asset in release.assets):
        raise invalid("ReleaseAsset", "name", "already_exists")
    kind = request.headers.get("content-type", "application/octet-stream")
    asset = Asset(name, request.body, kind, label=request.query.get("label"))
    if request.broken:
        asset.starting = _FOR_EVER
    release.assets.append(asset)
    return Reply(201, asset.json(model.base, release.tag))


def _asset(model: Model, asset_id: str) -> tuple[Release, Asset]:
    for release in model.releases:
        for asset in release.assets:
            if asset.id == int(asset_id) and not release.hidden:
                return release, asset
    raise Refused(404, NOT_FOUND)


@route("GET", "R/releases/assets/:n")
def _one_asset(model: Model, request: Request, asset_id: str) -> Reply:
    release, asset = _asset(model, asset_id)
    if request.headers.get("accept") != "application/octet-stream":
        return Reply(json=asset.json(model.base, release.tag))
    if asset.state != "uploaded":
        raise Refused(404, NOT_FOUND)
    place = f"https://objects.githubusercontent.com/production/{asset.id}?signature=x"
    return Reply(302, headers={"Location": place}, raw=b"")


@route("DELETE", "R/releases/assets/:n")
def _delete_asset(model: Model, request: Request, asset_id: str) -> Reply:
    release, asset = _asset(model, asset_id)
    release.assets.remove(asset)
    return Reply(204)


@route("GET", "/objects/production/:n")
def _object(model: Model, request: Request, asset_id: str) -> Reply:
    """Where files lie: a signed URL, and whoever also sends a token is refused."""
    if "authorization" in request.headers:
        raise Refused(400, "Only one auth mechanism allowed")
    _, asset = _asset(model, asset_id)
    return Reply(headers={"Content-Type": asset.content_type}, raw=asset.content)
