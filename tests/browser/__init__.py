"""The product in real browsers, the way people use it."""
