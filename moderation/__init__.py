"""Decisions about hosts and people, and their history. It stores and answers; it sends nothing."""
