"""The HTTP calls, grouped by who makes them."""
