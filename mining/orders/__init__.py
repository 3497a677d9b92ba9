"""What was bought together: orders as matrices, and how often things meet in them."""
