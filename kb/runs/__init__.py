"""Mining runs: what was asked for, how far each is, what it found, and the folder in which all that lies."""
