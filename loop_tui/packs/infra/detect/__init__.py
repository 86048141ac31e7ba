"""What a project is made of, told by its files: read only, nothing is run, no link is followed."""
