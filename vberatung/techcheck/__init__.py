"""The device test: what it means, what is kept of it, and the echo."""
