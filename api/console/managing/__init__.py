"""The manager's pages: review, publish, steer, try out, and mine."""
