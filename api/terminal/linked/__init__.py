"""Knowledge as linked data in a terminal."""
