"""The names of lock files."""

LOCKS_OF_NPM = ("npm-shrinkwrap.json", "package-lock.json")
"""npm-shrinkwrap.json goes before package-lock.json, as in npm itself."""
PNPM_LOCK = "pnpm-lock.yaml"
YARN_LOCK = "yarn.lock"
BUN_LOCK = "bun.lock"
BUN_BINARY_LOCK = "bun.lockb"
"""What bun wrote before 1.2, and still reads."""

LOCKS = frozenset(
    {*LOCKS_OF_NPM, PNPM_LOCK, YARN_LOCK, BUN_LOCK, BUN_BINARY_LOCK, "Cargo.lock", "uv.lock", "poetry.lock"}
)
"""Locks that a folder above may hold for all packages below it: they change with each of them."""
