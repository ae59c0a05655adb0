"""Benchmarks: run by hand, never timed in CI."""
