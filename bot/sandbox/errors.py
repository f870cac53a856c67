"""What stops the sandbox from starting: it must never hold a key that works, nor listen where strangers are."""


class SandboxRefused(Exception):
    """The sandbox will not start as asked; `code` is the stable name of the mistake (`MB106`)."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code

    def __str__(self) -> str:
        return f"{self.code}: {self.args[0]}"
