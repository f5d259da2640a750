"""Files: what people here upload, and the copies we keep of what others show."""
