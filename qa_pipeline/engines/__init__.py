"""Map one pure function over recordings."""
