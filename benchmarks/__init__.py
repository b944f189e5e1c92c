"""Measurements: `python3 dev.py bench [NAME ...]`. Each prints what it measured, and a floor from the same run."""
