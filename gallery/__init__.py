"""Pictures of what members see, rendered from what the bot really sent."""
