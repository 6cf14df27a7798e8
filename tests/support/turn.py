"""A TURN client (RFC 8656), as much of it as the tests of the relay need: it asks for one thing
after the other, and says what the relay answers."""

import hashlib
import hmac
import ipaddress
import os
import socket
import ssl
import struct
import zlib
from dataclasses import dataclass
from types import TracebackType
from typing import Literal, Self

COOKIE = 0x2112A442
ALLOCATE, REFRESH, SEND, DATA, CREATE_PERMISSION, CHANNEL_BIND = 3, 4, 6, 7, 8, 9
INDICATION, SUCCESS, ERROR = 0x010, 0x100, 0x110
USERNAME, INTEGRITY, ERROR_CODE, CHANNEL_NUMBER, LIFETIME = 0x06, 0x08, 0x09, 0x0C, 0x0D
PEER, PAYLOAD, REALM, NONCE, RELAYED, FAMILY = 0x12, 0x13, 0x14, 0x15, 0x16, 0x17
TRANSPORT, SOFTWARE, FINGERPRINT = 0x19, 0x8022, 0x8028
UDP, TCP = 17, 6
FAMILIES = {4: 1, 6: 2}
STALE_NONCE, UNAUTHORIZED = 438, 401
ANSWERS_WITHIN_S = 5

Way = Literal["udp", "tcp", "tls"]
Attributes = dict[int, bytes]


class Refused(Exception):
    """The relay's answer was an error."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(f"{code} {reason}")
        self.code = code


@dataclass
class Message:
    kind: int
    id: bytes
    attributes: Attributes


class Turn:
    """One client at one relay. Its place there is gone when it is closed, or soon after."""

    def __init__(
        self,
        address: tuple[str, int],
        way: Way,
        username: str,
        password: str,
        *,
        tls: ssl.SSLContext | None = None,
        name: str | None = None,
        realm: str | None = None,
    ) -> None:
        self.username, self.password = username, password
        self._realm, self._nonce, self._wanted_realm = "", b"", realm
        kind = socket.SOCK_DGRAM if way == "udp" else socket.SOCK_STREAM
        self._socket = socket.socket(socket.AF_INET6 if ":" in address[0] else socket.AF_INET, kind)
        self._socket.settimeout(ANSWERS_WITHIN_S)
        self._datagrams = way == "udp"
        try:
            self._socket.connect(address)
            if way == "tls":
                assert tls is not None
                self._socket = tls.wrap_socket(self._socket, server_hostname=name or address[0])
        except OSError:
            self._socket.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._socket.close()

    def allocate(self, version: Literal[4, 6] = 4, transport: int = UDP) -> tuple[str, int]:
        """The address that the relay lends us. Raises Refused, as everything here."""
        asked = {TRANSPORT: bytes([transport, 0, 0, 0])}
        if version == 6:
            asked[FAMILY] = bytes([FAMILIES[6], 0, 0, 0])
        answer = self._request(ALLOCATE, asked)
        return _address(answer.attributes[RELAYED], answer.id)

    def refresh(self, lifetime_s: int = 600) -> int:
        """Seconds for which the address is still ours."""
        answer = self._request(REFRESH, {LIFETIME: struct.pack("!I", lifetime_s)})
        return int(struct.unpack("!I", answer.attributes[LIFETIME])[0])

    def permit(self, peer: str) -> None:
        """Let data through from and to this address."""
        self._request(CREATE_PERMISSION, {}, (peer, 0))

    def bind(self, peer: str, port: int, channel: int = 0x4000) -> None:
        """The short way to one peer."""
        self._request(CHANNEL_BIND, {CHANNEL_NUMBER: struct.pack("!HH", channel, 0)}, (peer, port))

    def send(self, peer: str, port: int, data: bytes) -> None:
        """Into the wild: the relay does not answer."""
        id = os.urandom(12)
        there = {PEER: _xor_address(peer, port, id), PAYLOAD: data}
        self._socket.sendall(_encoded(SEND | INDICATION, id, there))

    def receive(self) -> bytes:
        """What a peer has sent."""
        message = self._read()
        while message.kind != DATA | INDICATION:
            message = self._read()
        return message.attributes[PAYLOAD]

    def _request(
        self, method: int, asked: Attributes, peer: tuple[str, int] | None = None
    ) -> Message:
        """Unsigned first, when the relay has not said yet what to sign with (RFC 8489, 9.2)."""
        answer = self._ask(method, asked, peer)
        code = _error(answer)
        if code and code[0] in (UNAUTHORIZED, STALE_NONCE) and NONCE in answer.attributes:
            known = bool(self._nonce) and code[0] == UNAUTHORIZED
            self._nonce = answer.attributes[NONCE]
            self._realm = self._wanted_realm or answer.attributes[REALM].decode()
            if not known:
                answer = self._ask(method, asked, peer)
                code = _error(answer)
        if code:
            raise Refused(*code)
        return answer

    def _ask(self, method: int, asked: Attributes, peer: tuple[str, int] | None) -> Message:
        id = os.urandom(12)
        attributes = dict(asked)
        if peer:
            attributes[PEER] = _xor_address(*peer, id)
        key = None
        if self._nonce:
            attributes |= {USERNAME: self.username.encode(), REALM: self._realm.encode()}
            attributes[NONCE] = self._nonce
            secret = f"{self.username}:{self._realm}:{self.password}".encode()
            key = hashlib.md5(secret, usedforsecurity=False).digest()
        self._socket.sendall(_encoded(method, id, attributes, key))
        answer = self._read()
        while answer.id != id:
            answer = self._read()
        return answer

    def _read(self) -> Message:
        if self._datagrams:
            return _decoded(self._socket.recv(65536))
        head = self._exactly(20)
        return _decoded(head + self._exactly(struct.unpack("!H", head[2:4])[0]))

    def _exactly(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            part = self._socket.recv(size - len(data))
            if not part:
                raise ConnectionResetError("the relay has hung up")
            data += part
        return data


def _encoded(kind: int, id: bytes, attributes: Attributes, key: bytes | None = None) -> bytes:
    body = b"".join(_attribute(each, value) for each, value in attributes.items())
    if key is not None:
        covered = _head(kind, len(body) + 24, id) + body
        body += _attribute(INTEGRITY, hmac.digest(key, covered, "sha1"))
    checked = _head(kind, len(body) + 8, id) + body
    return checked + _attribute(FINGERPRINT, struct.pack("!I", zlib.crc32(checked) ^ 0x5354554E))


def _head(kind: int, length: int, id: bytes) -> bytes:
    return struct.pack("!HHI", kind, length, COOKIE) + id


def _attribute(number: int, value: bytes) -> bytes:
    return struct.pack("!HH", number, len(value)) + value + bytes(-len(value) % 4)


def _decoded(data: bytes) -> Message:
    kind, length, _ = struct.unpack("!HHI", data[:8])
    attributes, at = {}, 20
    while at < 20 + length:
        number, size = struct.unpack("!HH", data[at : at + 4])
        attributes[number] = data[at + 4 : at + 4 + size]
        at += 4 + size + -size % 4
    return Message(kind, data[8:20], attributes)


def _error(answer: Message) -> tuple[int, str] | None:
    if answer.kind & ERROR != ERROR:
        return None
    value = answer.attributes[ERROR_CODE]
    return value[2] * 100 + value[3], value[4:].decode(errors="replace")


def _xor_address(host: str, port: int, id: bytes) -> bytes:
    address = ipaddress.ip_address(host)
    return struct.pack("!BBH", 0, FAMILIES[address.version], port ^ (COOKIE >> 16)) + _xor(
        address.packed, id
    )


def _address(value: bytes, id: bytes) -> tuple[str, int]:
    port = struct.unpack("!H", value[2:4])[0] ^ (COOKIE >> 16)
    return str(ipaddress.ip_address(_xor(value[4:], id))), port


def _xor(address: bytes, id: bytes) -> bytes:
    pad = struct.pack("!I", COOKIE) + id
    return bytes(one ^ other for one, other in zip(address, pad, strict=False))
