"""The way to a server: this machine in plain text, or mutual TLS."""

from __future__ import annotations

import ipaddress
import os
import re
from pathlib import Path

import grpc

from .errors import SettingsError

ACCEPTED = "accepted: host:port, such as 127.0.0.1:50551 or [::1]:50551, or unix:PATH"

# The largest image that a server sends, and a little.
ANSWER_MAX_BYTES = 8 * 4096 * 4096 + 64 * 1024

OPTIONS: list[tuple[str, int | str]] = [
    ("grpc.max_receive_message_length", ANSWER_MAX_BYTES),
    # A proxy of the environment is for web pages.
    ("grpc.enable_http_proxy", 0),
    # What is sent again is decided here, by id.
    ("grpc.enable_retries", 0),
    ("grpc.use_local_subchannel_pool", 1),
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.min_reconnect_backoff_ms", 1000),
    ("grpc.max_reconnect_backoff_ms", 2000),
    ("grpc.keepalive_time_ms", 10_000),
    ("grpc.keepalive_timeout_ms", 5_000),
]


def connect(address: str, certificates: str | os.PathLike[str] | None, server_name: str | None) -> grpc.Channel:
    """A channel to `host:port` or `unix:PATH`; it connects when it is first used, and again by itself when it was cut.

    `certificates` is a client's folder as `tiptwin link init` makes it (ca.pem, certificate.pem, key.pem); without it only addresses of
    this machine are accepted, in plain text. `server_name` is the name in the server's certificate where it is not the host of the address.
    """
    target, host, is_local = parse(address)
    # By default the path of a socket would be sent as the authority, which a strict server does not accept.
    options = [*OPTIONS, ("grpc.default_authority", "localhost")] if address.startswith("unix:") else OPTIONS
    if certificates is None:
        if not is_local:
            raise SettingsError(
                f"{address} reaches beyond this machine, and without mutual TLS everybody on the way could read and steer; accepted: an "
                "address of this machine, or certificates= a folder as `tiptwin link init` makes it"
            )
        return grpc.insecure_channel(target, options=options)
    authority, certificate, key = read_certificates(Path(certificates))
    credentials = grpc.ssl_channel_credentials(authority, key, certificate)
    options = [*options, ("grpc.ssl_target_name_override", server_name or host)]
    return grpc.secure_channel(target, credentials, options=options)


def parse(address: str) -> tuple[str, str, bool]:
    """What gRPC calls an address, the name that a certificate should carry, and whether only this machine can reach it."""
    if address.startswith("unix:"):
        path = address.removeprefix("unix:")
        if not path:
            raise SettingsError(f'"{address}" is no address: it names no socket; {ACCEPTED}')
        return f"unix:{path}", "localhost", True
    found = re.fullmatch(r"(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9._-]+)):(\d{1,5})", address)
    if found is None or int(found[3]) > 65535:
        raise SettingsError(f'"{address}" is no address; {ACCEPTED}')
    host, port = (found[1] or found[2]).lower(), found[3]
    # Never looked up: a name service cannot send it elsewhere.
    if host == "localhost":
        return f"ipv4:127.0.0.1:{port}", host, True
    try:
        ip = ipaddress.ip_address(host)
    except ValueError:
        if found[1] is not None:
            raise SettingsError(f'"{address}" is no address: there is no IPv6 address in its brackets; {ACCEPTED}') from None
        return f"dns:///{host}:{port}", host, False
    target = f"ipv6:[{host}]:{port}" if ip.version == 6 else f"ipv4:{host}:{port}"
    return target, host, ip.is_loopback and getattr(ip, "ipv4_mapped", None) is None


def read_certificates(folder: Path) -> tuple[bytes, bytes, bytes]:
    """Authority, own certificate and own private key, as PEM. A key that others can read is refused where files have modes."""
    key = folder / "key.pem"
    try:
        if os.name == "posix" and (mode := key.stat().st_mode & 0o777) & 0o077:
            raise SettingsError(
                f"{key} has mode {mode:04o}, so that others on this machine can read the private key; "
                f"accepted: 0600 or 0400 (chmod 600 {key})"
            )
        return (folder / "ca.pem").read_bytes(), (folder / "certificate.pem").read_bytes(), key.read_bytes()
    except OSError as e:
        raise SettingsError(f"cannot read {e.filename}: {e.strerror}; accepted: a client's folder as `tiptwin link init` makes it") from e


def reason(error: grpc.RpcError) -> str:
    """What a failed call says."""
    if isinstance(error, grpc.Call):
        return f"{error.code().name}: {error.details()}"
    return str(error)
