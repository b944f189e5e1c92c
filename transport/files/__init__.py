"""Files that people name: read whole up to a bound, written whole or not at all."""
