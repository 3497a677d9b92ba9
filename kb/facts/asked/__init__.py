"""Facts of the customers who are asked for now: what stands still until the next refresh, and what happened since."""
