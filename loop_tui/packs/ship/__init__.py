"""The work of the distribution loop: from the version to the proof that it is out."""
