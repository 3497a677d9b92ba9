"""When what has a beginning and an end is in effect: rules, knowledge, in every reading."""


def is_in_effect(valid_from: int | None, valid_to: int | None, as_of: int) -> bool:
    """Whether ``as_of`` lies within the period, whose end is no part of it; epoch seconds, ``None`` is open.

    >>> is_in_effect(None, None, 10), is_in_effect(10, None, 10), is_in_effect(0, 10, 10)
    (True, True, False)
    """
    return (valid_from is None or valid_from <= as_of) and (valid_to is None or as_of < valid_to)
