"""The demo model: a tiny Whisper, trained on speech that this project synthesises. README.md beside this tells how."""
