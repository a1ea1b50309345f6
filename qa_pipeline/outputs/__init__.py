"""What a run leaves behind: the Parquet scorecards, ``run.json``, and the summary that people see."""
