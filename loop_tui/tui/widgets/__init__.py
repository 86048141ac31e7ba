"""The parts that a screen is made of."""
