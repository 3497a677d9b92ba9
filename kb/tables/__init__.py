"""The canonical tables as content-addressed Parquet snapshots, read through Ibis; and what runs of the miners left."""
