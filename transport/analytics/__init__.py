"""The tables of the analysts: fed from the log, made anew, handed out."""
