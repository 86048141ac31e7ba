"""The skill release-planner: which version a release gets, and what it holds."""
