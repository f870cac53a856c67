"""`python -m bot` is `mixbot`."""

from bot.cli import main

if __name__ == "__main__":
    main()
