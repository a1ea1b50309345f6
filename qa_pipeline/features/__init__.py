"""What rules look at, computed once per call and only when asked for: turns, overlap, dead air, talk rate, roles."""
