"""Learning from outcomes: what was shown and what came of it, the rates of that, and their numbered states."""
