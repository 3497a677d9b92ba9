"""Drafts of the next release, tried on the whole base before anybody publishes."""
