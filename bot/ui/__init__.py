"""What a member sees: cards, their buttons, and how an interaction is answered."""
