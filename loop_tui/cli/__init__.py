"""Commands for the terminal, scripts and agents."""
