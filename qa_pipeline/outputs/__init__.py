"""What a run leaves behind: Parquet, run.json, the summary table."""
