"""The commands of the infra loop."""
