"""Offices (Dienststellen) and the topics they counsel on."""
