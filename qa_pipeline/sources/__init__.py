"""Where recordings come from: files, folders, globs and stored transcripts on disk, and the manifest beside them."""
