"""The edge of the service: what comes in is bounded before anything reads it, and a stop stops."""
