"""Documents of a project as files: finding and reading them, their index, the state in their front matter."""
