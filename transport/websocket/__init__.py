"""The socket: who may come in, how fast it is read, and when it is taken for dead."""
