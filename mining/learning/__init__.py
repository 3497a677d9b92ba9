"""Models that foretell a yes or no about a customer, and what of them a person can read."""
