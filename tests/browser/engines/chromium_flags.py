"""How Chromium is started: alone in the world, with made-up devices."""

from typing import Literal

OUR_HOSTS = ("127.0.0.1", "localhost", "198.51.100.1")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-background-timer-throttling",
    "--disable-renderer-backgrounding",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--mute-audio",
    "--remote-allow-origins=*",
    "--remote-debugging-port=0",
    "--allow-loopback-in-peer-connection",
    "--disable-features=WebRtcHideLocalIpsWithMdns",
    "--host-resolver-rules=MAP * ~NOTFOUND" + "".join(f" , EXCLUDE {host}" for host in OUR_HOSTS),
)
Devices = Literal["both", "microphone", "none"]
DEVICES: dict[Devices, list[str]] = {
    "both": ["--use-fake-device-for-media-stream"],
    "microphone": ["--use-fake-device-for-media-stream=device-count=0"],
    "none": [],  # then those of the machine count: test machines have none
}
SAY_YES = "--use-fake-ui-for-media-stream"
SAY_NO = "--use-fake-ui-for-media-stream=deny"
