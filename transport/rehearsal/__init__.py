"""Scripts that real clients play, and a check that everybody knows what they should."""
