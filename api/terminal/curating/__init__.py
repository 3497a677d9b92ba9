"""Knowledge, rules and releases in a terminal: read, judged, published."""
