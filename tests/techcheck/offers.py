"""Offers as browsers make them, shortened."""

CHROMIUM = """v=0
o=- 4611731400430051336 2 IN IP4 127.0.0.1
s=-
t=0 0
a=group:BUNDLE 0 1 2
a=extmap-allow-mixed
a=msid-semantic: WMS 7f0a
m=audio 41885 UDP/TLS/RTP/SAVPF 111 63 9 0 8 13 110 126
c=IN IP4 192.0.2.7
a=rtcp:9 IN IP4 0.0.0.0
a=candidate:1467250027 1 udp 2122260223 192.0.2.7 41885 typ host generation 0 network-id 1
a=candidate:1467250027 1 udp 2122260223 f1d4e7a2.local 46243 typ host generation 0
a=end-of-candidates
a=ice-ufrag:F7gI
a=ice-pwd:x9cml/YzichV2+XlhiMu8gkr
a=ice-options:trickle
a=fingerprint:sha-256 {print}
a=setup:actpass
a=mid:0
a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level
a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time
a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid
a=sendrecv
a=msid:7f0a 0d31
a=rtcp-mux
a=rtpmap:111 opus/48000/2
a=rtcp-fb:111 transport-cc
a=fmtp:111 minptime=10;useinbandfec=1
a=rtpmap:63 red/48000/2
a=rtpmap:0 PCMU/8000
a=ssrc:2927301821 cname:Rz8p
a=ssrc:2927301821 msid:7f0a 0d31
m=video 9 UDP/TLS/RTP/SAVPF 96 97 102 103
c=IN IP4 0.0.0.0
a=ice-ufrag:F7gI
a=ice-pwd:x9cml/YzichV2+XlhiMu8gkr
a=fingerprint:sha-256 {print}
a=setup:actpass
a=mid:1
a=extmap:14 urn:ietf:params:rtp-hdrext:toffset
a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time
a=sendrecv
a=rtcp-mux
a=rtcp-rsize
a=rtpmap:96 VP8/90000
a=rtcp-fb:96 goog-remb
a=rtcp-fb:96 nack pli
a=rtpmap:97 rtx/90000
a=fmtp:97 apt=96
a=rtpmap:102 H264/90000
a=fmtp:102 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42001f
a=rtpmap:103 rtx/90000
a=fmtp:103 apt=102
a=ssrc-group:FID 3570614608 4231866461
a=ssrc:3570614608 cname:Rz8p
a=ssrc:4231866461 cname:Rz8p
m=application 9 UDP/DTLS/SCTP webrtc-datachannel
c=IN IP4 0.0.0.0
a=ice-ufrag:F7gI
a=ice-pwd:x9cml/YzichV2+XlhiMu8gkr
a=fingerprint:sha-256 {print}
a=setup:actpass
a=mid:2
a=sctp-port:5000
a=max-message-size:262144
"""

FIREFOX = """v=0
o=mozilla...THIS_IS_SDPARTA-99.0 5006873 0 IN IP4 0.0.0.0
s=-
t=0 0
a=sendrecv
a=fingerprint:sha-256 {print}
a=group:BUNDLE 0
a=ice-options:trickle
a=msid-semantic:WMS *
m=video 9 UDP/TLS/RTP/SAVPF 120 124 126
c=IN IP4 0.0.0.0
a=sendrecv
a=extmap:3 urn:ietf:params:rtp-hdrext:sdes:mid
a=extmap:6/recvonly http://www.webrtc.org/experiments/rtp-hdrext/playout-delay
a=fmtp:126 profile-level-id=42e01f;level-asymmetry-allowed=1;packetization-mode=1
a=fmtp:120 max-fs=12288;max-fr=60
a=fmtp:124 apt=120
a=ice-pwd:2a7e2b1e0e4fb5c9d51e2cb54ba1b6d3
a=ice-ufrag:8c36d1ab
a=mid:0
a=msid:- {{2b1e}}
a=rtcp-fb:120 nack
a=rtcp-mux
a=rtpmap:120 VP8/90000
a=rtpmap:124 rtx/90000
a=rtpmap:126 H264/90000
a=setup:actpass
a=ssrc:1357 cname:{{8f}}
a=ssrc:2468 cname:{{8f}}
a=ssrc-group:FID 1357 2468
"""

OLD_CHANNEL = """v=0
o=- 1 2 IN IP4 127.0.0.1
s=-
t=0 0
a=group:BUNDLE data
a=msid-semantic: WMS
m=application 9 DTLS/SCTP 5000
c=IN IP4 0.0.0.0
a=ice-ufrag:F7gI
a=ice-pwd:x9cml/YzichV2+XlhiMu8gkr
a=fingerprint:sha-256 {print}
a=setup:actpass
a=mid:data
a=sctpmap:5000 webrtc-datachannel 1024
"""

PRINT = ":".join(["4A"] * 32)
CHROMIUM, FIREFOX, OLD_CHANNEL = (
    offer.format(print=PRINT).replace("\n", "\r\n") for offer in (CHROMIUM, FIREFOX, OLD_CHANNEL)
)
