"""One module for each fact type: its grain, its properties and its one Ibis definition."""
