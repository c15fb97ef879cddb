"""The review page: the reports on this machine, with buttons for an analyst's word."""
