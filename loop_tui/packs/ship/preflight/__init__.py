"""What would stop a ship, found before it starts."""
