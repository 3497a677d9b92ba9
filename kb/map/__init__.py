"""The knowledge map of one customer: what was told, what was observed, what is inferred, and what it all rests on."""

from kb.map.assemble import knowledge_map, rehearse_map
from kb.map.past import Archive, past_map

__all__ = ["Archive", "knowledge_map", "past_map", "rehearse_map"]
