"""Mining runs of an open base: each in a process of its own, its results taken up by the owner of the base."""
