"""Measurements beside a peer, in one run; nothing here asserts a time."""
