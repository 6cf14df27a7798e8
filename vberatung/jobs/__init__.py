"""Timed and background work."""
