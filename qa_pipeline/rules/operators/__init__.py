"""One operator per file; the file name is the operator name in YAML."""
