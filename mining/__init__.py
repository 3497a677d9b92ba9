"""From tables to patterns, and from patterns to knowledge and draft rules."""
