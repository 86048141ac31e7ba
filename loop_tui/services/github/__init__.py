"""GitHub behind narrow functions, through `gh api`."""
