"""The command line: every use case from a terminal."""
