"""Every number of the connection to Mixin, with its default.

Source of the defaults: protocol/mixin.md 1.4, 7.8 and 7.9
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BlazeOptions:
    """Times in seconds.

    A line is dead when a ping stays unanswered for `pong_wait_s`, so within `ping_every_s + pong_wait_s`. The pause
    between attempts doubles from `backoff_first_s` to `backoff_most_s`, and starts over only after a connection has
    lived `stable_after_s`. Pending messages are asked for again when nothing came for `relist_after_s` after something
    had. `queue_frames` frames wait for a slow reader before the server is made to wait.
    """

    handshake_timeout_s: float = 10.0
    close_timeout_s: float = 2.0
    ping_every_s: float = 15.0
    pong_wait_s: float = 10.0
    relist_after_s: float = 30.0
    backoff_first_s: float = 1.0
    backoff_most_s: float = 60.0
    stable_after_s: float = 120.0
    queue_frames: int = 64


@dataclass(frozen=True, slots=True)
class MixinOptions:
    """Times in seconds, sizes in bytes.

    `attempts` is how often a request that may be repeated is made in all; the pause before the next doubles from
    `retry_first_s`. Acknowledgements of what nobody handles are collected for `skip_linger_s`. `signed_answers`: what
    is asked in a person's name is believed only if Mixin signed the answer. `link_hosts` are those whose pages buttons
    may open, None where they are not known. Every `profile_every_s` the bot's own profile is looked at, whether its
    owner has switched Message Encryption on; None: it is not, and nobody looks.
    """

    blaze: BlazeOptions = BlazeOptions()
    request_timeout_s: float = 10.0
    max_answer_bytes: int = 1024 * 1024
    attempts: int = 4
    retry_first_s: float = 0.5
    retry_most_s: float = 5.0
    search_pause_s: float = 12 * 3600.0
    max_clock_skew_s: float = 60.0
    connections: int = 32
    skip_linger_s: float = 0.2
    signed_answers: bool = False
    link_hosts: tuple[str, ...] | None = None
    profile_every_s: float | None = 600.0
