"""Publishing to a registry of packages: the tarball that was verified, exactly once, proven by its integrity."""
