"""The tables of the analysts: how the log comes into them, and how they are made anew."""
