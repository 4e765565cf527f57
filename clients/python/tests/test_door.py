"""Addresses and files, before anything is sent."""

from pathlib import Path

import pytest

from tiptwin_client import Decisions, Instrument, SettingsError
from tiptwin_client.door import parse


@pytest.mark.parametrize(
    ("address", "target", "is_local"),
    [
        ("127.0.0.1:50551", "ipv4:127.0.0.1:50551", True),
        ("127.8.4.2:1", "ipv4:127.8.4.2:1", True),
        ("[::1]:50551", "ipv6:[::1]:50551", True),
        ("localhost:1", "ipv4:127.0.0.1:1", True),
        ("unix:/run/tiptwin.sock", "unix:/run/tiptwin.sock", True),
        ("0.0.0.0:50551", "ipv4:0.0.0.0:50551", False),
        ("[::ffff:127.0.0.1]:1", "ipv6:[::ffff:127.0.0.1]:1", False),
        ("192.168.1.20:50551", "ipv4:192.168.1.20:50551", False),
        ("localhost.lab.example:1", "dns:///localhost.lab.example:1", False),
    ],
)
def test_only_addresses_of_this_machine_go_without_certificates(address: str, target: str, is_local: bool) -> None:
    assert parse(address)[::2] == (target, is_local)
    for client in (Instrument, Decisions):
        if is_local:
            client(address).close()
        else:
            with pytest.raises(SettingsError, match="mutual TLS"):
                client(address)


@pytest.mark.parametrize(
    "address", ["", "afm", ":50551", "afm:port", "afm:70000", "::1:50551", "[afm]:1", "[a]:1", "a b:1", "http://afm:1", "unix:"]
)
def test_what_is_no_address_is_refused_with_what_would_be_one(address: str) -> None:
    with pytest.raises(SettingsError, match="accepted: host:port"):
        Instrument(address)


def test_a_private_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    for name in ("ca.pem", "certificate.pem", "key.pem"):
        (tmp_path / name).write_text("")
    (tmp_path / "key.pem").chmod(0o640)
    with pytest.raises(SettingsError, match=r"mode 0640.*chmod 600"):
        Instrument("afm.lab.example:50551", certificates=tmp_path)
    (tmp_path / "ca.pem").unlink()
    (tmp_path / "key.pem").chmod(0o600)
    with pytest.raises(SettingsError, match=r"cannot read .*ca\.pem"):
        Instrument("afm.lab.example:50551", certificates=tmp_path)


def test_no_patience_at_all_is_refused() -> None:
    with pytest.raises(SettingsError, match=r"accepted: 0\.1 to 86400 s"):
        Instrument("127.0.0.1:1", patience_s=0.0)
