"""What analysts are given: tables that are kept up to date, exports, reports, accounts."""
