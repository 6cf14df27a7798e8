"""Invitations to choose a time oneself: by mail, SMS or letter, reminded once, then expired."""
