"""The knowledge graph: one port, and a body for each engine."""
