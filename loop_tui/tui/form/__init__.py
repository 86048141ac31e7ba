"""The form of a question: its fields, filled in with what is known, changed by keys alone."""
