"""What a customer will be worth: expected orders and spend of the time to come."""
