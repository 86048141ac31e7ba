"""The pure centre: it decides, and never touches the world."""
