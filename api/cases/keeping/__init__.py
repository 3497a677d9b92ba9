"""Keeping a base: archives and backups of it, and whether what it holds is sound."""
