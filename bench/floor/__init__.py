"""The floor: the least that does the same work, to compare with in the same run."""
