"""The waiting list: a freed time is offered to the first whom it suits, for a limited time."""
