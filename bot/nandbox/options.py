"""Every number of the connection to nandbox, with its default.

Source of the defaults: protocol/nandbox.md 3 and 14
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LineOptions:
    """Times in seconds, sizes in bytes.

    A line is dead when nothing came for `silent_s` although it was pinged every `ping_every_s`, or every `tick_s` while
    a question is open. The pause between attempts doubles from `backoff_first_s` to `backoff_most_s`, and starts over
    after a line has lived `stable_after_s`; thrown out by another login with the same token, `superseded_s` is the
    least. Whoever asks does not wait for a line that will not be tried for within `patience_s`. After an error that no
    document explains, the line has `grace_s` to be cut by the server.
    """

    handshake_timeout_s: float = 10.0
    login_timeout_s: float = 15.0
    close_timeout_s: float = 1.0
    request_timeout_s: float = 6.0
    ping_every_s: float = 30.0
    tick_s: float = 2.0
    silent_s: float = 75.0
    backoff_first_s: float = 1.0
    backoff_most_s: float = 60.0
    superseded_s: float = 30.0
    stable_after_s: float = 20.0
    patience_s: float = 2.0
    grace_s: float = 1.0
    max_frame_bytes: int = 1024 * 1024
    outstanding: int = 1000
