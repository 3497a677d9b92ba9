"""The ontology: what the words of the knowledge base mean, and everything derived from them."""
