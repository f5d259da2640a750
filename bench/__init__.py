"""Benchmarks: what one operation costs, beside what this machine can do at all."""
