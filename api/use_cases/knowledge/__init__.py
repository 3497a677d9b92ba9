"""Knowledge as it is told to others: maps of customers, now and in a past."""
