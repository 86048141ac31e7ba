"""Which files look like they hold a secret, by their names alone."""

from fnmatch import fnmatchcase
from pathlib import PurePosixPath

_PATTERNS = (
    ".env",
    ".env.*",
    "*.env",
    ".netrc",
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
# What people commit on purpose: public halves of keys, and examples of settings.
_HARMLESS = ("*.pub", "*.example", "*.sample", "*.template", "*.dist", "*.enc", "*.gpg", "*.age")


def looks_secret(path: str) -> bool:
    """True for `.env`, private keys (`*.pem`, `*.key`, `id_rsa` and the like), key stores and credential files."""
    name = PurePosixPath(path).name.lower()
    if any(fnmatchcase(name, pattern) for pattern in _HARMLESS):
        return False
    return any(fnmatchcase(name, pattern) for pattern in _PATTERNS) or (name.startswith("id_") and "." not in name)
