"""Mappings: what a TOML file says of how a source becomes canonical tables."""

from kb.ingestion.mapping.declaration import SourceMapping
from kb.ingestion.mapping.toml_file import load_mapping, shipped_mappings

__all__ = ["SourceMapping", "load_mapping", "shipped_mappings"]
