"""Which addresses can only mean this machine: plain http and ws are allowed towards these."""

from ipaddress import ip_address


def is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
