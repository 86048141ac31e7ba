"""What is worth doing next, as a list to choose from."""
