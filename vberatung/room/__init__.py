"""The digital counselling room: access, presence, the signalling protocol and the hub."""
