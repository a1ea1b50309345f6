"""The short form of ``tests.soak.night``: a run is ended three times, and its night comes out whole."""

from tests.soak.night import kill_night


def test_a_night_that_is_killed_comes_out_whole(tmp_path):
    told = kill_night(tmp_path, calls=12, kills=3, seed=3, patience_s=8.0)
    assert told.ends.total() == 3
    assert told.recordings == 29
