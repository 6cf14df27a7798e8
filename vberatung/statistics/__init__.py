"""Anonymous counts: talks, minutes, recommendations."""
