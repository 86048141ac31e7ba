"""What is stale in the documents of a project."""
