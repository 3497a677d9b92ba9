"""The check that every noun passes before it is written."""

from collections.abc import Sequence

from kb.errors import ShapeViolation
from kb.model.codec import to_plain
from ontology.text import Text
from ontology.validation import ShapeFault, validate_many


def check_shapes(nouns: Sequence[object], shape: str) -> None:
    """Return if every noun fits the SHACL shape of its class.

    Raises:
        ShapeViolation: Naming the record, shape, path, value and what was expected.
    """
    try:
        validate_many([to_plain(noun) for noun in nouns], shape)
    except ShapeFault as fault:
        name = getattr(nouns[fault.position], "id", fault.position)
        msg = Text(zh=f"{shape}“{name}”：{fault.path} {fault.message}，得到的是 {fault.value!r}",
                   en=f"{shape} '{name}': {fault.path} {fault.message}, got {fault.value!r}")
        raise ShapeViolation(msg, hint=Text(zh="没有写入任何内容", en="nothing was written")) from fault
