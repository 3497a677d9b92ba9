"""Rows on their way into the graph: in the types of its tables, and within the bounds of their shapes."""
