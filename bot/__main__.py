"""`python -m bot` is `mixbot`."""

import gc

if __name__ == "__main__":
    # Little of what is loaded or of what a message leaves behind is garbage in circles: look for it less often.
    gc.set_threshold(50_000, 20, 20)
    from bot.cli import main

    main()
