"""Around the tree of a condition (``kb.model.condition``): walks over it, its alternatives, the order of its strata."""
