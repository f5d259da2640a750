"""HTTP signatures, draft-cavage-12 and RFC 9421: made, read, and chosen host by host."""
