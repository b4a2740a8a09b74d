"""Helpers for tests: a clock, servers, a transport."""
