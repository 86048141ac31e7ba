"""The person's settings, on the screen."""
