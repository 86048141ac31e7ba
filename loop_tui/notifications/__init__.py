"""What is told to a person who is away, and sending it."""
