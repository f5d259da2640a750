"""Entities of the client API: each file builds a list with a fixed number of queries."""
