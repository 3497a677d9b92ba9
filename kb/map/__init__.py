"""The knowledge map of one customer: what was told, what was observed, what is inferred, and what it all rests on."""

from kb.map.assemble import knowledge_map

__all__ = ["knowledge_map"]
