"""The life of knowledge: proposed, reviewed by a second pair of eyes, published in numbered releases, retired."""
