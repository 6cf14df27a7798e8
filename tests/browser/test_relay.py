"""Talks through a real coturn, when no other way is open: over UDP, over TCP, and over TLS."""

import json
from collections.abc import Callable, Iterator

import pytest

from tests.support.coturn import REALM, NoCoturn, Relay, relay
from tests.support.turn import Way

from . import installed
from .engines import Chromium, Firefox, Tab
from .server import Server
from .talk import (
    admit,
    assert_see_each_other_move,
    assert_silent,
    begin_talk,
    enter_waiting_room,
    sign_in,
    wait_for_state,
)

WAYS: tuple[Way, ...] = ("udp", "tcp", "tls")
ONLY = """
  window.RTCPeerConnection = new Proxy(RTCPeerConnection, {construct: (Connection, [settings]) => {
    const only = (server) => Object.assign({}, server, {
      urls: [].concat(server.urls).filter((url) => %s.includes(url))});
    return new Connection(Object.assign({}, settings, {
      iceTransportPolicy: 'relay', iceServers: settings.iceServers.map(only)}));
  }});
  RTCPeerConnection.prototype.setConfiguration = () => {};"""
"""A firewall that lets nothing through but this way to the relay."""
PAIR = """roomStats().then(([one]) => one && one.selectedPair
  && one.selectedPair.local === 'relay' && one.selectedPair)"""
SAYS = "document.querySelector('[data-say=status]').innerText.includes('%s')"
VISIBLE = "document.querySelector('[data-testid=%s]').getClientRects().length > 0"
TRUST = ("--ignore-certificate-errors",)
"""Of the certificate that the relay shows, which nobody has signed."""
GIVES_UP_WITHIN_S = 20
EVERYWHERE = "0.0.0.0"  # noqa: S104  # in a network that leads nowhere


@pytest.fixture(scope="module")
def turn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Relay]:
    """At an address that is not loopback, with all the rules of deploy/turnserver.conf."""
    address = installed.outer_address()
    try:
        with relay(tmp_path_factory.mktemp("relay"), address) as relayed:
            yield relayed
    except NoCoturn as reason:
        installed.leave_out(str(reason))


@pytest.fixture(scope="module")
def serve(turn: Relay, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Server]:
    urls = [turn.url(way) for way in WAYS] + [by_name(turn)]

    def configured(**settings: str) -> Server:
        folder = tmp_path_factory.mktemp("server")
        return Server(folder, host=EVERYWHERE, TURN_URLS=",".join(urls), **settings)

    return configured


@pytest.fixture(scope="module")
def server(serve: Callable[..., Server], turn: Relay) -> Iterator[Server]:
    with serve(TURN_SECRET=turn.secret) as server:
        yield server


@pytest.fixture
def firefox(turn: Relay) -> Iterator[Firefox]:
    with Firefox(installed.firefox(), {"network.dns.forceResolve": turn.address}) as tab:
        yield tab
        assert_silent(tab)


def by_name(turn: Relay) -> str:
    """Firefox takes no certificate for an address."""
    return turn.url("tls").replace(turn.address, REALM)


def only(*urls: str) -> str:
    return ONLY % json.dumps(urls)


def assert_relayed(way: Way, *tabs: Tab) -> None:
    for tab in tabs:
        pair = tab.wait(PAIR)
        assert pair["relayProtocol"] == way, pair


@pytest.mark.parametrize("way", WAYS)
def test_two_chromiums(
    turn: Relay, server: Server, open_chromium: Callable[..., Chromium], way: Way
) -> None:
    jobseeker, counsellor = open_chromium(flags=TRUST), open_chromium(flags=TRUST)
    for tab in (jobseeker, counsellor):
        tab.run_before_scripts(only(turn.url(way)))
    begin_talk(jobseeker, counsellor, server)
    assert_relayed(way, jobseeker, counsellor)


@pytest.mark.parametrize("way", WAYS)
def test_chromium_over_tls_and_firefox_in_every_way(
    turn: Relay,
    server: Server,
    open_chromium: Callable[..., Chromium],
    firefox: Firefox,
    way: Way,
) -> None:
    counsellor = open_chromium(flags=TRUST)
    counsellor.run_before_scripts(only(turn.url("tls")))
    firefox.run_before_scripts(only(by_name(turn) if way == "tls" else turn.url(way)))
    begin_talk(firefox, counsellor, server)
    assert_relayed("tls", counsellor)
    assert_relayed(way, firefox)


def test_a_talk_comes_back_when_the_relay_does(
    turn: Relay, server: Server, open_chromium: Callable[..., Chromium]
) -> None:
    jobseeker, counsellor = open_chromium(), open_chromium()
    for tab in (jobseeker, counsellor):
        tab.run_before_scripts(only(turn.url("udp"), turn.url("tcp")))
    begin_talk(jobseeker, counsellor, server)
    turn.stop()
    try:
        for tab in (jobseeker, counsellor):
            wait_for_state(tab, "reconnecting")
    finally:
        turn.start()
    assert_see_each_other_move(jobseeker, counsellor)


def test_a_relay_that_refuses_us_is_no_endless_wait(
    turn: Relay,
    serve: Callable[..., Server],
    open_chromium: Callable[..., Chromium],
    axe: Callable[[Tab], None],
) -> None:
    with serve(TURN_SECRET="Das-Geheimnis-eines-anderen") as server:
        jobseeker, counsellor = open_chromium(), open_chromium()
        for tab in (jobseeker, counsellor):
            tab.run_before_scripts(only(turn.url("udp"), turn.url("tcp")))
        sign_in(counsellor, server)
        enter_waiting_room(jobseeker, server.talk_url)
        admit(counsellor)
        for tab in (jobseeker, counsellor):
            tab.wait(SAYS % "kommt nicht zustande", GIVES_UP_WITHIN_S)
            axe(tab)
        assert jobseeker.evaluate(VISIBLE % "call-me")
        assert counsellor.evaluate(VISIBLE % "lasts-phone")
        jobseeker.click("call-me")
        wait_for_state(jobseeker, "phone")
