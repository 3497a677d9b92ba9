"""Identifiers, each its own type, so that one is not taken for another."""

from typing import NewType

CustomerKey = NewType("CustomerKey", str)
"""HMAC of a customer's external id under the base's own secret; the only name of a person outside the graph."""

ItemId = NewType("ItemId", str)
RuleId = NewType("RuleId", str)
ActionId = NewType("ActionId", str)
RunId = NewType("RunId", str)
DecisionId = NewType("DecisionId", str)
HarmId = NewType("HarmId", str)
Digest = NewType("Digest", str)
"""``sha256:`` and 64 hex digits of some content."""
