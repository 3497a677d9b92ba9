"""Source files -> DuckDB tables, every column as the file has it, with the line each row stands on.

``_line`` counts records from 1, the header among them; in a CSV file whose cells hold no line breaks it is the line
that an editor shows. Faults of a file are told with file, line, column and what was expected.
"""

from kb.ingestion.files.limits import FileLimits
from kb.ingestion.files.locating import SourceFile, fingerprint, locate, require_known
from kb.ingestion.files.reading import physical_line, read, require_columns
from kb.ingestion.files.shape import LINE, Connection

__all__ = ["LINE", "Connection", "FileLimits", "SourceFile", "fingerprint", "locate", "physical_line", "read",
           "require_columns", "require_known"]
