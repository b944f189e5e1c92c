"""The report: pictures of a campaign's evenings, or of all campaigns together."""
