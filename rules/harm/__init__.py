"""What must never be seen together, looked for in the answers of a release before anybody is given them.

``table`` reads the rows, ``binding`` makes of a row what it asks about one card, ``suspects`` finds by tables for whom
it can come to that, and ``check`` decides for those and tells what is seen.
"""

from rules.harm.check import check_harms
from rules.harm.suspects import items_read
from rules.harm.table import check_rows, harms_from_toml, load_harms

__all__ = ["check_harms", "check_rows", "harms_from_toml", "items_read", "load_harms"]
