"""Data in: mappings, intake, and the canonical tables as content-addressed Parquet snapshots."""
