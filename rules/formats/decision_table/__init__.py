"""The decision table: one rule a row, for a spreadsheet.

======  ============  ...  =================  =====================  =========  ==========  ====================
id      Chinese name  ...  customer: age      further conditions     effect     target      arguments
======  ============  ...  =================  =====================  =========  ==========  ====================
tea-30  三十岁的茶客  ...  between 30 and 39  there is purchase ...  recommend  cross_sell  "category" = "TEA"
======  ============  ...  =================  =====================  =========  ==========  ====================

All that stands in a row must hold. A tested property of the customer has a column of its own with cells such as ``5``,
``!= 5``, ``>= 3``, ``between 1 and 5``, ``in {a; b}``, ``not in {a; b}``, ``yes``, ``known`` and ``unknown``;
related facts, alternatives and all else stand in *further conditions*, in the sentence form. Texts that a spreadsheet
could take for a number or a formula, or could change, are written in quotes with the escapes of JSON.
"""

from rules.formats.decision_table.read import from_rows
from rules.formats.decision_table.write import to_rows

__all__ = ["from_rows", "to_rows"]
