"""The commands of shipping: what each does, given a `CommandHost`."""
