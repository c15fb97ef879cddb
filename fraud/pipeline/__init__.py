"""The pipeline: the one place that names the stages and hands tables from one to the next."""
