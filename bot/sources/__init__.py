"""Sources: where episodes come from. A source yields ``Episode`` and knows nothing of the rest."""
