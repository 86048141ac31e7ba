"""The one client of a run, for everything that a person or an agent says and sees."""
