"""Running the bot somewhere: the image's dry run, and what Litestream and systemd need."""
