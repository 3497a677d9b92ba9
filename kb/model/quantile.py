"""Conditions whose constants are quantiles: every test with another constant, or with the one that was written."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from kb.model.condition import Condition, Exists, Quantile, Test, walk, with_parts
from ontology.quantities import percent
from ontology.text import Text

_OWN = Text(zh="本库前 {share}", en="the top {share} here")
_OTHER = Text(zh="高于本库 {below} 的{name}", en="above the {name} of {below} here")


def as_written(condition: Condition) -> Condition:
    """The condition as somebody wrote it, whatever a base has made of its constants."""
    return rewritten(condition, _written)


def rewritten(condition: Condition, change: Callable[[Test, str], Test], *, fact: str = "customer") -> Condition:
    """The condition with ``change(test, fact type it reads)`` in place of every test that has a quantile."""
    if isinstance(condition, Test) and condition.quantile is not None:
        return change(condition, fact)
    inner = condition.fact if isinstance(condition, Exists) else fact
    return with_parts(condition, lambda part: rewritten(part, change, fact=inner))


def quantiles_in(condition: Condition) -> Iterator[tuple[Test, Quantile]]:
    """Every test whose constant is a quantile, and the quantile, left to right."""
    return ((part, part.quantile) for part in walk(condition) if isinstance(part, Test) and part.quantile is not None)


def standing(quantile: Quantile, name: Text) -> Text | None:
    """Where the constant stands in the base, in words; ``None`` where nobody counted.

    Args:
        quantile: Of a test with the base's constant in it.
        name: What people call the property whose values were ranked.

    >>> standing(Quantile(at=0.9, share=0.095), Text.same("loyalty")).en
    'the top 9.5% here'
    >>> standing(Quantile(at=0.5, of="order_gap_mean", share=0.5), Text.same("mean gap")).en
    'above the mean gap of 50% here'
    """
    if quantile.share is None:
        return None
    if quantile.of is None:
        return _OWN.fill(share=percent(quantile.share))
    return _OTHER.fill(below=percent(1 - quantile.share), name=name)


def _written(test: Test, _: str) -> Test:
    quantile = test.quantile
    if quantile is None or quantile.written is None:
        return test
    return replace(test, operand=quantile.written, quantile=replace(quantile, written=None, share=None))
