"""From scores to what an analyst reads: incidents, costs, alerts.csv, report.html, evidence."""
