"""Rules and decisions: one condition language, its readings, and what follows for a customer."""
