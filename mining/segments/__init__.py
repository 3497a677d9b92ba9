"""Groups of customers by the nine classic indicators, which last and say what customers will spend."""
