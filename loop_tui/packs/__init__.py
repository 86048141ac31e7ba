"""What the shipped loops do, a folder each; none knows of another, and the rest of the program of none."""
