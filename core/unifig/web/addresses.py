"""By which names a page is reached: what a Host header says, and whether it may say so."""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final, NamedTuple

Address = IPv4Address | IPv6Address

_HOST: Final = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9_.-]+))(?::([0-9]{1,5}))?")
_LOCAL: Final = "localhost"


class Access(NamedTuple):
    """Who may come to a page, and by which names."""

    names: frozenset[str] = frozenset()
    """Host names besides ``localhost``, in small letters."""
    is_shared: bool = False
    """Whether other machines reach it: then any address is one of its own."""
    token: str | None = None
    """What a person must know; None where anybody may come who reaches it."""
    port: int = 0
    """Where it listens: its cookie is named by that, for a host's servers share their cookies."""

    def allows(self, host: str) -> bool:
        """Whether a host, as :func:`host_of` gives it, is one of the page's own.

        What is looked up in the DNS can be made to name this machine by anybody; an address can't.
        """
        address = address_of(host)
        if address is None or host in self.names:
            return host == _LOCAL or host in self.names
        return self.is_shared or is_loopback(address)


def host_of(header: str) -> str | None:
    """The host that a Host header names, in small letters and without port, brackets or a dot.

    None for what is no host.
    """
    match = _HOST.fullmatch(header)
    if match is None or int(match[3] or 0) > 65535:
        return None
    if match[1] is not None and not isinstance(address_of(match[1]), IPv6Address):
        return None
    host = (match[1] or match[2]).lower().removesuffix(".")
    return host or None


def address_of(host: str) -> Address | None:
    """The address that a host is; None for a name."""
    try:
        return ip_address(host)
    except ValueError:
        return None


def is_loopback(address: Address) -> bool:
    """Whether only this machine reaches an address."""
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return (mapped or address).is_loopback


def authority(host: str, port: int) -> str:
    """A host and a port as they stand in a URL."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
