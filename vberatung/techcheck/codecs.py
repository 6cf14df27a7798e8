"""The codecs of the echo: small, slow, in one thread, and not to be overwhelmed.

`use` puts them into aiortc in place of its own, which follow whatever the other side sends.
"""

from aiortc import rtcrtpreceiver, rtcrtpsender
from aiortc.codecs import get_decoder, get_encoder
from aiortc.codecs.base import Decoder, Encoder
from aiortc.codecs.opus import OpusEncoder
from aiortc.codecs.vpx import Vp8Decoder, Vp8Encoder
from aiortc.jitterbuffer import JitterFrame
from aiortc.rtcrtpparameters import RTCRtpCodecParameters
from av.frame import Frame

MAX_PIXELS = 1280 * 720
"""Of a picture that comes in: VP8 goes up to 16,383 × 16,383, which are 400 MB."""
VIDEO_BITS_PER_S = range(100_000, 300_000)
AUDIO_BITS_PER_S = 32_000


class EchoVp8Decoder(Vp8Decoder):
    def __init__(self) -> None:
        super().__init__()
        self.codec.thread_count = 1

    def decode(self, encoded_frame: JitterFrame) -> list[Frame]:
        return [] if pixels(encoded_frame.data) > MAX_PIXELS else super().decode(encoded_frame)


class EchoVp8Encoder(Vp8Encoder):
    """The bit rate follows what the browser can receive, within our bounds."""

    def __init__(self) -> None:
        super().__init__()
        self._bits_per_s = VIDEO_BITS_PER_S.stop

    @property
    def target_bitrate(self) -> int:
        return self._bits_per_s

    @target_bitrate.setter
    def target_bitrate(self, bitrate: int) -> None:
        self._bits_per_s = max(VIDEO_BITS_PER_S.start, min(bitrate, VIDEO_BITS_PER_S.stop))


class EchoOpusEncoder(OpusEncoder):
    def __init__(self) -> None:
        super().__init__()
        self.codec.bit_rate = AUDIO_BITS_PER_S


def pixels(data: bytes) -> int:
    """The size that a VP8 key frame sets (RFC 6386, 9.1); 0 for all other frames."""
    if len(data) < 10 or data[0] & 1 or data[3:6] != b"\x9d\x01\x2a":
        return 0
    width, height = (int.from_bytes(data[at : at + 2], "little") & 0x3FFF for at in (6, 8))
    return width * height


def decoder(codec: RTCRtpCodecParameters) -> Decoder:
    return EchoVp8Decoder() if codec.name == "VP8" else get_decoder(codec)


def encoder(codec: RTCRtpCodecParameters) -> Encoder:
    own = {"VP8": EchoVp8Encoder, "opus": EchoOpusEncoder}.get(codec.name)
    return own() if own else get_encoder(codec)


def use() -> None:
    rtcrtpreceiver.get_decoder = decoder  # type: ignore[attr-defined]
    rtcrtpsender.get_encoder = encoder  # type: ignore[attr-defined]
