"""Knowledge as linked data: written for others, read back, asked in SPARQL."""
