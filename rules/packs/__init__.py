"""Packs: what a trade starts from, as TOML files and the reader of them."""
