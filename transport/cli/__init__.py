"""The command `fogbound`: each verb, its errors and its progress bar."""
