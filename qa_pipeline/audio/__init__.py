"""From a file to sound: probe, decode to one float32 array per channel at 16 kHz, speech activity."""
