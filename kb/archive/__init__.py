"""A whole knowledge base in one folder or one file, written from either engine and read into either."""
