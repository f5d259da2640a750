"""Our own endpoints, under /api/consilium/v1."""
