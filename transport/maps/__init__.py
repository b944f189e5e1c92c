"""Map files: read, checked, cut into parts and imported."""
