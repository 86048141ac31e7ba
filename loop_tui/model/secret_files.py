"""Which files look like they hold a secret, by their names alone."""

from fnmatch import fnmatchcase
from pathlib import PurePosixPath

_PATTERNS = (
    ".env",
    ".env.*",
    "*.env",
    ".netrc",
    ".git-credentials",
    ".pgpass",
    ".htpasswd",
    "*.pem",
    "*.key",
    "*.p12",
    "*.pfx",
    "*.jks",
    "*.keystore",
    "*.kdbx",
    "credentials",
    "credentials.json",
    "secrets.*",
)
# Many repositories have one, without a secret; in a package it serves nobody.
_NOT_IN_PUBLIC = (".npmrc*",)
# What people commit on purpose: public halves of keys, and examples of settings.
_HARMLESS = ("*.pub", "*.example", "*.sample", "*.template", "*.dist", "*.enc", "*.gpg", "*.age")


def looks_secret(path: str) -> bool:
    """True for `.env`, private keys (`*.pem`, `*.key`, `id_rsa` and the like), key stores and credential files."""
    name = PurePosixPath(path).name.lower()
    if _matches(name, _HARMLESS):
        return False
    return _matches(name, _PATTERNS) or (name.startswith("id_") and "." not in name)


def is_secret_in_public(path: str) -> bool:
    """As `looks_secret`, for a file that everybody gets: `.npmrc` and its copies as well."""
    name = PurePosixPath(path).name.lower()
    return looks_secret(path) or (_matches(name, _NOT_IN_PUBLIC) and not _matches(name, _HARMLESS))


def _matches(name: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)
