"""The wire: documents, URIs, keys, signatures, and the only outbound HTTP client. No SQL."""
