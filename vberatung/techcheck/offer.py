"""What of a browser's offer the echo may see. Pure, standard library only.

The description (RFC 8866, 8829) is made anew from the few things that an echo needs, each of a
known form, so nothing else reaches the parser and the codecs of the WebRTC library. It names no
candidates: this server sends to nobody but who has reached it with the right password (RFC 8445).
"""

import re
from dataclasses import dataclass, field
from itertools import groupby

MAX_CHARS = 30_000

CODECS = {"audio": "opus/48000/2", "video": "VP8/90000"}
"""Every browser with WebRTC has them (RFC 7874, 7742), but for Safari before 12.1."""
FEEDBACK = ("nack", "nack pli", "goog-remb")
EXTENSIONS = (
    "urn:ietf:params:rtp-hdrext:sdes:mid",
    "urn:ietf:params:rtp-hdrext:ssrc-audio-level",
    "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time",
)

CONTROL = re.compile(r"[\x00-\x09\x0b\x0c\x0e-\x1f\x7f]")
SECTION = re.compile(
    r"m=(?:(?P<kind>audio|video) (?P<open>\d{1,5}) (?:UDP/TLS/)?RTP/SAVPF"
    r"(?P<formats>(?: \d{1,3}){1,99})"
    r"|application (?P<ready>\d{1,5}) (?:UDP/|TCP/)?DTLS/SCTP "
    r"(?P<port>webrtc-datachannel|\d{1,5}))",
    re.ASCII,
)
MID = re.compile(r"[\w.+-]{1,32}", re.ASCII)
USERNAME = re.compile(r"[A-Za-z0-9+/]{4,256}")
PASSWORD = re.compile(r"[A-Za-z0-9+/]{22,256}")
FINGERPRINT = re.compile(r"(sha-256|sha-384|sha-512) [0-9A-F]{2}(:[0-9A-F]{2}){31,63}", re.I)
SETUP = re.compile(r"actpass|active|passive")
RTPMAP = re.compile(r"(\d{1,3}) (\S+)", re.ASCII)
RTX = re.compile(r"(\d{1,3}) apt=(\d{1,3})", re.ASCII)
EXTENSION = re.compile(r"(\d{1,3})(?:/[a-z]+)? (\S+)", re.ASCII)
SOURCE = re.compile(r"(\d{1,10}) .+", re.ASCII)
PAIR = re.compile(r"FID (\d{1,10}) (\d{1,10})", re.ASCII)

HOST = re.compile(r"(a=candidate:\S+ \d+ \w+ \d+ )[\d.]+( \d+ typ host)", re.ASCII)
CONNECTION = re.compile(r"c=IN IP4 [\d.]+", re.ASCII)

LARGEST_SOURCE = 2**32 - 1
LARGEST_PORT = 2**16 - 1
DYNAMIC_TYPES = range(96, 128)
"""RFC 3551: the payload types that a description gives a meaning to."""


class BadOffer(ValueError):
    """The sentence says what is wrong with it."""


@dataclass
class Section:
    """An m= line, and the attributes below it: what stands behind each name, in order."""

    line: str
    attributes: dict[str, list[str]] = field(default_factory=dict)

    def all(self, name: str) -> list[str]:
        return self.attributes.get(name, [])

    def one(self, name: str) -> str:
        return next(iter(self.all(name)), "")


def accepted(sdp: str, *, media: bool) -> str:
    """The offer as the echo may see it; BadOffer when it is none that an echo can answer.

    `media`: with picture or sound, else the data channel only.
    """
    if len(sdp) > MAX_CHARS:
        raise BadOffer(f"An offer has at most {MAX_CHARS} characters.")
    if CONTROL.search(sdp):
        raise BadOffer("An offer has no control characters.")
    session, *sections = _sections(sdp)
    if not sections or not sdp.startswith("v=0"):
        raise BadOffer("This is no session description with v=0 and an m= line.")
    matched = [_matched(section) for section in sections]
    kinds = [match["kind"] or "application" for match in matched]
    if len(set(kinds)) < len(kinds):
        raise BadOffer("There is at most one m= line of each kind.")
    if media is not bool({"audio", "video"} & set(kinds)):
        raise BadOffer("Picture or sound are offered if hello has said so, and only then.")
    mids = [_checked(section, "mid", MID) for section in sections]
    if len(set(mids)) < len(mids) or not _bundled(session, mids):
        raise BadOffer("The m= lines have names and are all in one BUNDLE.")
    lines = ["v=0", "o=- 0 0 IN IP4 0.0.0.0", "s=-", "t=0 0", f"a=group:BUNDLE {' '.join(mids)}"]
    lines.append("a=msid-semantic: WMS *")
    for section, match in zip(sections, matched, strict=True):
        of_it = _media(section, match) if match["kind"] else _channel(section, match)
        lines += [*of_it, *_transport(section, session)]
    return "\r\n".join(lines) + "\r\n"


def _sections(sdp: str) -> list[Section]:
    """The session's own lines first."""
    sections = [Section("")]
    for line in sdp.replace("\r", "").split("\n"):
        if line.startswith("m="):
            sections.append(Section(line))
        elif line.startswith("a="):
            name, _, value = line[2:].partition(":")
            sections[-1].attributes.setdefault(name, []).append(value)
    return sections


def _matched(section: Section) -> re.Match[str]:
    match = SECTION.fullmatch(section.line)
    if match is None:
        raise BadOffer("There may be audio, video and application over DTLS, nothing else.")
    if int(match["open"] or match["ready"]) == 0 and "bundle-only" not in section.attributes:
        raise BadOffer("An m= line with port 0 is rejected or bundle-only (RFC 8843).")
    return match


def _bundled(session: Section, mids: list[str]) -> bool:
    return any(set(value.split(" ")) == {"BUNDLE", *mids} for value in session.all("group"))


def _checked(section: Section, name: str, form: re.Pattern[str], otherwise: str = "") -> str:
    value = section.one(name) or otherwise
    if not form.fullmatch(value):
        raise BadOffer(f"a={name} is missing or wrong.")
    return value


def _transport(section: Section, session: Section) -> list[str]:
    """Who may come, and with which certificate; for a section or for the whole session."""
    both = section.all("fingerprint") or session.all("fingerprint")
    prints = [value for value in both if FINGERPRINT.fullmatch(value)]
    if not 1 <= len(prints) <= 4:
        raise BadOffer("a=fingerprint is missing or wrong: one with SHA-256.")
    return [
        f"a=ice-ufrag:{_checked(section, 'ice-ufrag', USERNAME, session.one('ice-ufrag'))}",
        f"a=ice-pwd:{_checked(section, 'ice-pwd', PASSWORD, session.one('ice-pwd'))}",
        *(f"a=fingerprint:{value}" for value in prints),
        f"a=setup:{_checked(section, 'setup', SETUP, session.one('setup'))}",
    ]


def _channel(section: Section, match: re.Match[str]) -> list[str]:
    """The data channel in today's words (RFC 8841), or in those of browsers until about 2018."""
    mid, port = f"a=mid:{section.one('mid')}", match["port"]
    if port == "webrtc-datachannel":
        port = section.one("sctp-port")
        line, says = "UDP/DTLS/SCTP webrtc-datachannel", f"a=sctp-port:{port}"
    else:
        line, says = f"DTLS/SCTP {port}", f"a=sctpmap:{port} webrtc-datachannel 1024"
    if not (port.isascii() and port.isdecimal() and 1 <= int(port) <= LARGEST_PORT):
        raise BadOffer("a=sctp-port is missing or wrong.")
    return [f"m=application 9 {line}", "c=IN IP4 0.0.0.0", mid, says, "a=max-message-size:65536"]


def _media(section: Section, match: re.Match[str]) -> list[str]:
    if "sendrecv" not in section.attributes or "rtcp-mux" not in section.attributes:
        raise BadOffer("Picture and sound come back: a=sendrecv, with a=rtcp-mux.")
    kind = match["kind"]
    type = _payload_type(section, match)
    again = _retransmission(section, type) if kind == "video" else None
    types = [type] if again is None else [type, again]
    return [
        f"m={kind} 9 UDP/TLS/RTP/SAVPF {' '.join(map(str, types))}",
        "c=IN IP4 0.0.0.0",
        "a=sendrecv",
        "a=rtcp-mux",
        f"a=mid:{section.one('mid')}",
        *_extensions(section),
        *_sources(section),
        f"a=rtpmap:{type} {CODECS[kind]}",
        *(f"a=rtcp-fb:{type} {value}" for value in FEEDBACK if kind == "video"),
        *([f"a=rtpmap:{again} rtx/90000", f"a=fmtp:{again} apt={type}"] if again else []),
    ]


def _payload_type(section: Section, match: re.Match[str]) -> int:
    """The number that the browser has given to the codec that we take."""
    codec, formats = CODECS[match["kind"]], match["formats"].split()
    found = [RTPMAP.fullmatch(value) for value in section.all("rtpmap")]
    named = {match[1] for match in found if match and match[2].lower() == codec.lower()}
    for type in formats:
        if type in named and int(type) in DYNAMIC_TYPES:
            return int(type)
    raise BadOffer(f"No codec that is known here: {match['kind']} needs {codec}.")


def _retransmission(section: Section, type: int) -> int | None:
    for value in section.all("fmtp"):
        found = RTX.fullmatch(value)
        if found and int(found[2]) == type and int(found[1]) in set(DYNAMIC_TYPES) - {type}:
            return int(found[1])
    return None


def _extensions(section: Section) -> list[str]:
    found = [EXTENSION.fullmatch(value) for value in section.all("extmap")]
    known = {match[2]: int(match[1]) for match in found if match and match[2] in EXTENSIONS}
    return [f"a=extmap:{id} {uri}" for uri, id in known.items() if 1 <= id <= 14]


def _sources(section: Section) -> list[str]:
    """The source of the stream, and that of what is sent again."""
    pairs = [PAIR.fullmatch(value) for value in section.all("ssrc-group")]
    numbers = [number for pair in pairs[:1] if pair for number in pair.groups()]
    if not numbers:
        found = [SOURCE.fullmatch(value) for value in section.all("ssrc")]
        numbers = [number for number, _ in groupby(match[1] for match in found if match)][:1]
    return [f"a=ssrc:{number} cname:c" for number in numbers if int(number) <= LARGEST_SOURCE]


def announced(answer: str, address: str) -> str:
    """Our answer with the address that the world knows, in place of this machine's own (IPv4)."""
    return CONNECTION.sub(f"c=IN IP4 {address}", HOST.sub(rf"\g<1>{address}\g<2>", answer))
