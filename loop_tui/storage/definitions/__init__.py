"""Loop definitions: where they are found, how they are read, and which of them may run."""
