"""The knowledge base: its nouns, its tables, its graph, its journal and the life of its knowledge."""
