"""Feeds: RSS 2.0 and Atom with the tags of iTunes and Podcasting 2.0, from the network."""
