"""What was decided and what happened, in order, durable before it is acknowledged."""
