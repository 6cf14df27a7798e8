"""What of a browser's offer the echo may see."""

import re

import pytest
from aiortc.sdp import SessionDescription
from hypothesis import given
from hypothesis import strategies as st

from tests.techcheck.offers import CHROMIUM, FIREFOX, OLD_CHANNEL
from vberatung.techcheck.offer import MAX_CHARS, BadOffer, accepted, announced


def test_an_offer_of_chromium_keeps_what_an_echo_needs() -> None:
    audio, video, data = SessionDescription.parse(accepted(CHROMIUM, media=True)).media
    assert [codec.name for codec in audio.rtp.codecs] == ["opus"]
    assert [(codec.name, codec.payloadType) for codec in video.rtp.codecs] == [
        ("VP8", 96),
        ("rtx", 97),
    ]
    assert [source.ssrc for source in video.ssrc] == [3570614608, 4231866461]
    assert [source.ssrc for source in audio.ssrc] == [2927301821]
    assert {each.id for each in audio.rtp.headerExtensions} == {1, 2, 4}
    assert (data.sctp_port, data.rtp.muxId) == (5000, "2")


def test_an_offer_of_firefox_has_its_fingerprint_for_all() -> None:
    (video,) = SessionDescription.parse(accepted(FIREFOX, media=True)).media
    assert video.rtp.codecs[0].payloadType == 120
    assert video.ice
    assert video.ice.usernameFragment == "8c36d1ab"
    assert video.dtls
    assert [each.algorithm for each in video.dtls.fingerprints] == ["sha-256"]


def test_the_channel_of_an_old_chromium_is_understood() -> None:
    (data,) = SessionDescription.parse(accepted(OLD_CHANNEL, media=False)).media
    assert (data.profile, data.fmt) == ("DTLS/SCTP", ["5000"])


@pytest.mark.parametrize("offer", [CHROMIUM, FIREFOX])
def test_no_candidate_and_no_address_is_left(offer: str) -> None:
    seen = accepted(offer, media=True)
    assert "candidate" not in seen
    assert "192.0.2.7" not in seen
    assert set(re.findall(r"IN IP4 (.*)\r", seen)) == {"0.0.0.0"}  # noqa: S104  # means none


def test_a_line_may_be_there_for_the_bundle_only() -> None:
    offer = CHROMIUM.replace("m=video 9", "m=video 0").replace(
        "a=mid:1", "a=bundle-only\r\na=mid:1"
    )
    assert accepted(offer, media=True) == accepted(CHROMIUM, media=True)


def without(name: str) -> str:
    return re.sub(rf"a={name}.*\r\n", "", CHROMIUM)


WRONG = {
    "nothing": ("", "no session description"),
    "no text of this kind": ("hello", "no session description"),
    "an answer's beginning only": (CHROMIUM.split("m=")[0], "no session description"),
    "too long": ("v=0\r\n" + "a" * MAX_CHARS, "characters"),
    "a NUL": (CHROMIUM + "\0", "control characters"),
    "an escape": (CHROMIUM + "a=x:\x1b[2J\r\n", "control characters"),
    "two pictures": (CHROMIUM + CHROMIUM[CHROMIUM.index("m=video") :], "one m= line"),
    "another kind": (CHROMIUM + "m=image 9 UDP/TLS/RTP/SAVPF 96\r\n", "nothing else"),
    "in the clear": (CHROMIUM.replace("UDP/TLS/RTP/SAVPF", "RTP/AVP"), "nothing else"),
    "a rejected line": (CHROMIUM.replace("m=video 9", "m=video 0"), "rejected"),
    "no bundle": (without("group"), "BUNDLE"),
    "another bundle": (CHROMIUM.replace("BUNDLE 0 1 2", "BUNDLE 0 1"), "BUNDLE"),
    "no names": (without("mid"), "mid"),
    "one name twice": (CHROMIUM.replace("a=mid:1", "a=mid:0"), "BUNDLE"),
    "no fingerprint": (without("fingerprint"), "fingerprint"),
    "a weak fingerprint": (CHROMIUM.replace("sha-256", "md5"), "fingerprint"),
    "no user name": (without("ice-ufrag"), "ice-ufrag"),
    "a short password": (CHROMIUM.replace("x9cml/YzichV2+XlhiMu8gkr", "short"), "ice-pwd"),
    "a long user name": (CHROMIUM.replace("F7gI", "F" * 300), "ice-ufrag"),
    "no setup": (without("setup"), "setup"),
    "another setup": (CHROMIUM.replace("actpass", "holdconn"), "setup"),
    "one way": (CHROMIUM.replace("a=sendrecv", "a=recvonly"), "sendrecv"),
    "no mux": (without("rtcp-mux"), "rtcp-mux"),
    "no codec for sound": (CHROMIUM.replace("opus/48000/2", "speex/8000"), "audio needs opus"),
    "no codec for pictures": (CHROMIUM.replace("VP8/90000", "AV1/90000"), "video needs VP8"),
    "a codec that is not offered": (CHROMIUM.replace("SAVPF 96 97", "SAVPF 97"), "video needs"),
    "no port": (without("sctp-port"), "sctp-port"),
    "an endless port": (CHROMIUM.replace("sctp-port:5000", "sctp-port:70000"), "sctp-port"),
}


@pytest.mark.parametrize(("offer", "says"), WRONG.values(), ids=WRONG)
def test_a_wrong_offer_is_refused_with_a_sentence(offer: str, says: str) -> None:
    with pytest.raises(BadOffer, match=says):
        accepted(offer, media=True)


def test_the_offer_is_for_what_was_said_at_the_beginning() -> None:
    with pytest.raises(BadOffer, match="hello"):
        accepted(CHROMIUM, media=False)
    with pytest.raises(BadOffer, match="hello"):
        accepted(OLD_CHANNEL, media=True)


def test_what_an_offer_has_too_much_does_not_pass() -> None:
    more = "a=rtpmap:1 x/0\r\na=fmtp:1 a=b\r\na=extmap:9 urn:x\r\na=ssrc:9 c:d\r\na=junk\r\n"
    assert accepted(CHROMIUM + more * 50, media=True) == accepted(CHROMIUM, media=True)


LINES = CHROMIUM.split("\r\n")


@st.composite
def broken(draw: st.DrawFn) -> str:
    """An offer with lines taken out, doubled, moved, and letters changed."""
    lines = [line for line in LINES for _ in range(draw(st.sampled_from([1] * 30 + [0, 2])))]
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(lines) - 1))
        cut = draw(st.integers(0, len(lines[at])))
        lines[at] = lines[at][:cut] + draw(st.text(max_size=4)) + lines[at][cut + 1 :]
    return "\r\n".join(lines)


@given(broken() | st.text())
def test_what_passes_is_understood_and_everything_else_is_refused(offer: str) -> None:
    try:
        seen = accepted(offer, media=True)
    except BadOffer:
        return
    description = SessionDescription.parse(seen)
    assert seen.isascii()
    assert len(description.media) <= 3
    assert all(not media.ice_candidates for media in description.media)
    assert all(media.dtls and media.ice and media.ice.password for media in description.media)


def test_the_address_that_the_world_knows_is_announced() -> None:
    own = "c=IN IP4 10.0.0.5\r\na=candidate:a 1 udp 2130706431 10.0.0.5 50001 typ host\r\n"
    others = (
        "a=candidate:b 1 udp 2130706431 fd00::5 50002 typ host\r\n"
        "a=candidate:c 1 udp 1694498815 203.0.113.9 50001 typ srflx raddr 10.0.0.5 rport 50001\r\n"
    )
    said = announced(own + others, "203.0.113.5")
    assert said.count("203.0.113.5") == 2
    assert others.splitlines()[0] in said
