"""What a customer buys next: what they do not buy now, and what is due again."""
