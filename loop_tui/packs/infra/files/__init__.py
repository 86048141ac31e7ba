"""Files that the infra loop writes into a project: planned, merged with what a person made of them, written, undone."""
