"""The sample calls: scripts that a person can edit become recordings, reference transcripts and a manifest."""
