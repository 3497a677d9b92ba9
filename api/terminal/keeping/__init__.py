"""Keeping a base from a terminal: archives, backups and the doctor."""
