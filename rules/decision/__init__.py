"""Around a decision: the request, the release made ready, what of a customer it reads, asks and says."""
