"""What is known of a customer at a moment: each fact type defined once, over the canonical tables."""
