"""Busy times from the calendar that a counsellor keeps elsewhere (ICS address, CalDAV)."""
