"""The ports on files: state, journal, leases, definitions, logs, archives and the person's settings."""
