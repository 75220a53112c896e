"""All runs in memory, by columns: what the page filters, sorts, counts and groups."""
