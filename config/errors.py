"""What can be wrong with settings. This package imports nothing of ours, so it has an error of its own."""


class SettingsError(Exception):
    """A setting cannot be used. `code` is the stable name of the mistake; the text never quotes a secret.

    MB401 unknown name · MB402 a value that does not fit · MB403 an unreadable file · MB404 two sources for one secret ·
    MB405 an address that would send tokens in clear
    """

    exit_code = 2

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code

    def __str__(self) -> str:
        return f"{self.code}: {self.args[0]}"
