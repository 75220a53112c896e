"""The store: runs in a database, made of their journals."""
