"""What keeps the event loop free and its tasks running."""
