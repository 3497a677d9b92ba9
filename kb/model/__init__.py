"""The nouns of the knowledge base: frozen values without I/O."""
