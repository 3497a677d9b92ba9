"""The body of the graph's port over a Neo4j server."""
