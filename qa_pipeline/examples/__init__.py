"""The trainers' examples (场景导入): which two or three calls open a course, and the pack that plays them in class.

``candidates`` reads a scored folder, ``choose`` picks and says why, ``material`` is one picked call without what is
private, ``pack`` writes it all: a page, sounds, case sheets, an index for the case library, an audit.
"""
