"""What was known of a customer at an earlier moment: records, and the links of earlier runs."""
