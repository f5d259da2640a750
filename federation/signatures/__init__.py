"""HTTP signatures: draft-cavage-12, made and read."""
