"""The knowledge map of one customer: what was told, what was observed, what is inferred, and what it all rests on."""

from kb.knowledge_map.assemble import knowledge_map, rehearse_map
from kb.knowledge_map.point_in_time import Archive, past_map

__all__ = ["Archive", "knowledge_map", "past_map", "rehearse_map"]
