"""Discord's protocol on loopback: what the unmodified client needs of it, and the member's side."""
