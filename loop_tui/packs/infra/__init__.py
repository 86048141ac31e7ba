"""The work of the infra loop: what a project is made of, and the files that its platform needs."""
