"""What people can say to the bot: one file a command, found by itself."""
