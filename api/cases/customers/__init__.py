"""Customers: who they are, and what people and systems tell of them."""
