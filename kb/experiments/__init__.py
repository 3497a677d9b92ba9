"""What is compared with what: drawing customers, releases that challenge the live one, and the figures of both."""
