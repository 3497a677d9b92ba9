"""The ways in: one service with a method for each use case, and HTTP, pages and command line on top of it."""
