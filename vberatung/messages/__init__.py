"""What we tell people: mails as values, the outbox that delivers them, calendar files."""
