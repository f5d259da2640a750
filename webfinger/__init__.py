"""Handles: WebFinger both ways, host-meta and NodeInfo."""
