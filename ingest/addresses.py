"""Which network addresses a URL may lead to: public ones. Knows addresses and names; opens no connection."""

from __future__ import annotations

import socket
from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

from ingest.errors import DocumentError

Address = IPv4Address | IPv6Address
IsAllowed = Callable[[Address], bool]

_NAT64 = IPv6Network("64:ff9b::/96")  # the last 32 bits are the IPv4 address that is reached
_GLOBAL_UNICAST = IPv6Network("2000::/3")
# Inside 2000::/3 and yet no single public host: protocol assignments with Teredo, documentation, 6to4. The tunnels
# reach whatever IPv4 address they embed, and nobody runs a web site behind one.
_NO_HOSTS = tuple(map(IPv6Network, ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")))
# Public to Python 3.11.7 and earlier: relays of 6to4, and the block whose addresses each mean something special.
_NO_HOSTS_IPV4 = tuple(map(ip_network, ("192.88.99.0/24", "192.0.0.0/24")))


def is_public(address: Address) -> bool:
    """Whether this is the address of a host on the internet, and of no machine or network nearby in any disguise."""
    if isinstance(address, IPv4Address):
        special = address.is_multicast or address.is_reserved or address.is_unspecified
        return address.is_global and not special and not any(address in network for network in _NO_HOSTS_IPV4)
    if address.ipv4_mapped is not None:
        return is_public(address.ipv4_mapped)
    if address in _NAT64:
        return is_public(IPv4Address(int(address) & 0xFFFFFFFF))
    return address in _GLOBAL_UNICAST and not any(address in network for network in _NO_HOSTS)


def resolve(host: str, port: int, is_allowed: IsAllowed) -> list[str]:
    """The addresses of a host, each of which is allowed; one that is not speaks against the name as a whole.

    Raises DocumentError.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise DocumentError(
            f"The address of {host!r} cannot be found ({getattr(error, 'strerror', None) or error}). Check the URL and "
            "the network connection."
        ) from error
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    for address in addresses:
        if not is_allowed(ip_address(address)):
            raise DocumentError(
                f"{host!r} is at {address}, which is not an address on the public internet, and pages are fetched "
                "from nowhere else. Save the page in a browser and add the file."
            )
    return addresses
