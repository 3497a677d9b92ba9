"""Rules as people write them, in TOML.

::

    [[rule]]
    id = "second-complaint"
    name = { zh = "再次投诉", en = "A second complaint" }
    author = "service desk"
    when = { all = [
        { property = "recency_days", op = "<=", value = 90 },
        { exists = "interaction", as = "c", at_least = 2, where = { all = [
            { property = "kind", op = "=", value = "complaint" },
            { property = "days_ago", op = "<", value = 30 },
        ] } },
        { not_exists = "contact", as = "d", where = { property = "category", op = "=", value = "$c.category" } },
    ] }
    then = { recommend = "service_recovery", arguments = { category = "$c.category" } }

    [[rule.example]]
    name = "two complaints"
    customer = { recency_days = 3 }
    related = { interaction = [{ kind = "complaint", days_ago = 1 }, { kind = "complaint", days_ago = 9 }] }
    fires = true

The constant of a test may be a quantile, so that it means the same in every base: in ``{ property = "loyalty", op =
">=", value = 0.9, quantile = 0.9 }`` it is what the top tenth of a base reaches, and 0.9 until a base is known; in
``{ property = "recency_days", op = ">=", value = 180, quantile = 0.95, of = "order_gap_mean" }`` what is ranked is
another property.

A condition is one of ``all``, ``any``, ``not``, ``property`` with ``op`` and ``value``, ``known``, ``unknown``,
``exists`` and ``not_exists`` (``as`` where the rule speaks of the row again, else the fact's own name stands for it),
and ``concluded``. ``"$alias.property"`` is the value of another fact; a text that itself begins with ``$`` is written
``$$``. An effect is ``recommend``, ``require`` (``"family:..."`` or ``"action:..."``) or ``conclude``.

The same rules as sentences are in ``controlled``, as rows of a table in ``decision_table``; ``files`` takes the form
from the suffix of a file.
"""

from rules.formats.toml_reader import condition_from_toml, load_rules, rule_from_toml, rules_from_text
from rules.formats.toml_writer import condition_to_toml, rule_to_toml, rules_to_text

__all__ = ["condition_from_toml", "condition_to_toml", "load_rules", "rule_from_toml", "rule_to_toml",
           "rules_from_text", "rules_to_text"]
