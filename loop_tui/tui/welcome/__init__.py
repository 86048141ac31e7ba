"""What can be done in a folder where there is nothing yet."""
