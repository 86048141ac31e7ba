"""A version asked of its registry over HTTP, without npm: that takes 0.4 s to start, and a release asks twice.

Nobody signs in for it and nothing is set up, so it knows less than npm: where a proxy or certificates are set, where
the registry wants a name, and for whatever else than a plain answer, npm is asked as ever.
"""

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from msgspec import Struct
from pydantic import JsonValue

from loop_tui.model.problem import Problem

from .documents import PublishedVersion, published, tags_in
from .place import RegistryPlace, known_settings

if TYPE_CHECKING:
    from loop_tui.services.web import Reply

_TIMEOUT_S = 5.0
_OF_TLS = ("ca", "cafile", "cert", "key")
"""npm's settings with which it trusts, and is trusted by, other servers than anybody would be."""
_PROXIES = ("proxy", "https-proxy")
_FOUND, _NOT_FOUND = 200, 404


class DirectAnswer(Struct, frozen=True):
    """What a registry has of a version: None in `found` where it has the package without that version."""

    found: PublishedVersion | None
    tags: Mapping[str, str]


async def ask(project: Path, place: RegistryPlace, name: str, version: str) -> DirectAnswer | None:
    """What the registry says of that version now; None where only npm can tell. Raises nothing."""
    settings = known_settings(project)
    if settings is None or _goes_its_own_way(settings, place.registry):
        return None
    package = quote(name, safe="@")
    addresses = (
        f"{place.registry}{package}/{quote(version, safe='')}",
        f"{place.registry}-/package/{package}/dist-tags",
    )
    of_version, of_tags = await asyncio.gather(*map(_get, addresses))
    # A registry that hides the package from strangers says nothing of its versions.
    if of_version is None or of_tags is None or of_tags.status != _FOUND:
        return None
    tags = tags_in(_read(of_tags.body))
    if of_version.status == _NOT_FOUND:
        return DirectAnswer(None, tags) if tags else None
    said = _read(of_version.body) if of_version.status == _FOUND else None
    dist = said.get("dist") if isinstance(said, dict) and said.get("version") == version else None
    if not isinstance(dist, dict):
        return None
    found = published(dist, tags)
    return DirectAnswer(found, tags) if found.integrity else None


def _goes_its_own_way(settings: Mapping[str, JsonValue], registry: str) -> bool:
    # Imported here, as HTTP is below: who publishes nothing pays nothing for it.
    from urllib.request import getproxies_environment, proxy_bypass

    at = urlsplit(registry)
    of_tls = any(settings.get(key) for key in _OF_TLS) or settings.get("strict-ssl") is False
    if settings.get("local-address") or (at.scheme == "https" and of_tls):
        return True
    proxies = {value for name, value in getproxies_environment().items() if name != "no"}
    # npm takes those of the environment for its own, and makes the same exceptions.
    own = {str(settings[key]) for key in _PROXIES if settings.get(key)}
    return bool(own - proxies) or (bool(proxies) and not proxy_bypass(at.hostname or ""))


async def _get(address: str) -> "Reply | None":
    from loop_tui.services import web

    try:
        reply = await web.get(address, _TIMEOUT_S)
    except Problem:
        return None
    return None if reply.elsewhere else reply


def _read(body: bytes) -> JsonValue:
    try:
        document: JsonValue = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return document
