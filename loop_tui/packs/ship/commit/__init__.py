"""The commit of a release, and the way that it takes to the remote."""
