"""Drawing customers: a share of them that is the same at every call, in every process and after every restart."""

import hashlib

from kb.model.ids import CustomerKey

_BITS = 64


def lot(name: str, key: CustomerKey) -> float:
    """The customer's lot in the drawing ``name``, [0, 1): even over customers, and another in another drawing.

    Source: BLAKE2b (RFC 7693) of the customer's key, keyed with the digest of the name.

    >>> from kb.model.ids import CustomerKey
    >>> lot("spring", CustomerKey("c1")) == lot("spring", CustomerKey("c1")) != lot("autumn", CustomerKey("c1"))
    True
    """
    drawing = hashlib.sha256(name.encode()).digest()
    drawn = hashlib.blake2b(key.encode(), key=drawing, digest_size=_BITS // 8).digest()
    return (int.from_bytes(drawn) >> 11) / (1 << 53)  # 53 bits: all that a float holds, and never 1.0


def is_drawn(name: str, key: CustomerKey, share: float) -> bool:
    """Whether the customer is among the ``share`` that ``name`` draws; a greater share keeps who was drawn before."""
    return lot(name, key) < share
