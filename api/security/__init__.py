"""Who may come in and how much they may say: keys, and what is bounded before anything reads it."""
