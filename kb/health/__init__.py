"""Whether what a base holds is sound: every reference leads somewhere, every file is what its name says."""
