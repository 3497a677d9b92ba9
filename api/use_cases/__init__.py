"""The use cases over one open base."""
