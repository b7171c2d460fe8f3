"""Commands on Discord, one cog for each thing that members come for.

A cog reads options, calls one function of the library, and shows the result as a card.
"""
