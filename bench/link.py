"""A network between two namespaces, in user space: delay, loss, a rate, and outages.

The kernel of many test machines has no netem. Needs the rights of root for namespaces and TUN
devices (`unshare --map-root-user --net` gives them). Nothing else of the machine is touched.
"""

import ctypes
import fcntl
import heapq
import os
import random
import select
import struct
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Self

HERE, THERE = "198.51.100.1", "198.51.100.2"
"""TEST-NET-2: belongs to nobody. The server and one browser are here, the other browser there."""
NEW_NET, TUNSETIFF, TUN_NO_PI = 0x40000000, 0x400454CA, 0x1001
LARGEST_PACKET = 2048
QUEUE_S = 0.5
"""What would wait longer is dropped, as a router does."""
libc = ctypes.CDLL(None, use_errno=True)


class Link:
    """Symmetric: the same conditions in both directions."""

    def __init__(self) -> None:
        self.delay_s = self.loss = self.kbit = 0.0
        self.is_cut = False
        self._home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        self._spaces = {HERE: self._new_space(), THERE: self._new_space()}
        self._over = threading.Event()

    def __enter__(self) -> Self:
        ends = [self._tun(HERE, THERE), self._tun(THERE, HERE)]
        self._thread = threading.Thread(target=self._carry, args=ends)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def shape(self, *, delay_ms: float = 0, loss: float = 0, kbit: float = 0) -> None:
        """Delay in one direction; a share of the packets; 0 kilobits a second is no limit."""
        self.delay_s, self.loss, self.kbit = delay_ms / 1000, loss, kbit

    @contextmanager
    def at(self, end: str) -> Iterator[None]:
        """Processes and sockets made in this block live at this end."""
        _set_space(self._spaces[end])
        try:
            yield
        finally:
            _set_space(self._home)

    def _new_space(self) -> int:
        if libc.unshare(NEW_NET):
            raise SystemExit("Network namespaces need the rights of root.")
        space = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        _set_space(self._home)
        return space

    def _tun(self, own: str, other: str) -> int:
        with self.at(own):
            tun = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
            fcntl.ioctl(tun, TUNSETIFF, struct.pack("16sH", b"link0", TUN_NO_PI))
            for command in (
                "link set lo up",
                f"address add {own} peer {other} dev link0",
                "link set link0 mtu 1400 up",
                "route add default dev link0",
            ):
                subprocess.run(["ip", *command.split()], check=True)
        return tun

    def _carry(self, one: int, other: int) -> None:
        """Packets wait in a heap by the time at which they arrive."""
        to, free = {one: other, other: one}, {one: 0.0, other: 0.0}
        waiting: list[tuple[float, int, int, bytes]] = []
        number = 0
        while not self._over.is_set():
            wait = max(0.0, min(0.02, waiting[0][0] - time.time())) if waiting else 0.02
            for tun in select.select([one, other], [], [], wait)[0]:
                packet, now = os.read(tun, LARGEST_PACKET), time.time()
                start = max(now, free[tun])
                lost = self.is_cut or random.random() < self.loss or start - now > QUEUE_S
                if lost or packet[0] >> 4 != 4:  # IPv6 finds its neighbours on its own
                    continue
                free[tun] = start + (len(packet) * 8 / (self.kbit * 1000) if self.kbit else 0)
                number += 1
                heapq.heappush(waiting, (free[tun] + self.delay_s, number, to[tun], packet))
            while waiting and waiting[0][0] <= time.time():
                _, _, tun, packet = heapq.heappop(waiting)
                os.write(tun, packet)


def _set_space(space: int) -> None:
    if libc.setns(space, NEW_NET):
        raise OSError(ctypes.get_errno(), "setns")
