"""See the package."""

from tests.rules.hard_sentences import main

main()
