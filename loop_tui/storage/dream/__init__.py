"""Dream States, roadmaps and registries of modules as files: reading them, finding them, editing them in place."""
