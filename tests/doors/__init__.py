"""The HTTP contract, over every door and every store."""
