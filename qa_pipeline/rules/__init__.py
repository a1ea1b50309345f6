"""Rule sets: load, check, evaluate, score."""
