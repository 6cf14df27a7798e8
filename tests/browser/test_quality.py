"""Weak networks: the sound goes on, the picture adapts, and both sides are told in one sentence.

What the network is like is pretended in the statistics; bench/network.py has a real one.
"""

import time
from collections.abc import Iterator

import pytest
from prometheus_client.parser import text_string_to_metric_families

from . import installed
from .engines import Chromium, Tab
from .panels import run
from .server import Server
from .talk import (
    CONNECTS_WITHIN_SECONDS,
    PACKETS,
    assert_see_each_other_move,
    assert_silent,
    begin_talk,
)
from .third_persons import ask, come, tile_with, wait_for_tiles

Talk = tuple[Chromium, Chromium]
PRETEND = """
  window.connections = [];
  window.network = {};
  const Connection = window.RTCPeerConnection;
  window.RTCPeerConnection = new Proxy(Connection, {construct: (_, args) => {
    const connection = new Connection(...args);
    connections.push(connection);
    return connection;
  }});
  const getStats = Connection.prototype.getStats;
  let lost = 0;
  Connection.prototype.getStats = async function (...args) {
    const report = new Map(await getStats.apply(this, args));
    lost += network.lost || 0;
    report.forEach((entry, id) => {
      if (entry.type === 'candidate-pair' && network.room) {
        report.set(id, Object.assign({}, entry, {availableOutgoingBitrate: network.room * 1000}));
      } else if (entry.type === 'inbound-rtp' && entry.kind === 'audio' && lost) {
        report.set(id, Object.assign({}, entry, {packetsLost: lost}));
      }
    });
    return report;
  };"""
SENDS = """(connections[connections.length - 1].getSenders()
  .filter((sender) => sender.track && sender.track.kind === 'video')[0].getParameters())"""
PICTURE = SENDS + ".encodings[0]"
SENDS_TO_ALL = """connections.filter((connection) => connection.connectionState === 'connected')
  .every((connection) => connection.getSenders()
    .filter((sender) => sender.track && sender.track.kind === 'video')
    .every((sender) => sender.getParameters().encodings[0].active))"""
QUALITY = "document.querySelector('[data-testid=quality]').dataset.quality"
STATUS = "document.querySelector('[data-say=status]').innerText"
SHOWN = "document.querySelector('[data-testid=quality]').innerText"
ADAPTS_WITHIN_S, COMES_BACK_WITHIN_S = 20, 45


@pytest.fixture(scope="module")
def talk(server: Server) -> Iterator[Talk]:
    path = installed.chromium()
    with Chromium(path) as jobseeker, Chromium(path) as counsellor:
        for tab in (jobseeker, counsellor):
            tab.run_before_scripts(PRETEND)
        begin_talk(jobseeker, counsellor, server)
        yield jobseeker, counsellor
        for tab in (jobseeker, counsellor):
            assert_silent(tab)


def test_the_quality_is_said_in_words(talk: Talk) -> None:
    for tab in talk:
        tab.wait(f"{QUALITY} === 'good' && {SHOWN}.includes('gut')", ADAPTS_WITHIN_S)


def test_each_side_says_once_how_long_the_first_picture_took(server: Server, talk: Talk) -> None:
    """Numbers for monitoring, and nothing of whose they are."""
    for tab in talk:
        tab.wait("roomStats().then((all) => all[0].selectedPair)")
    figures: dict[str, float] = {}
    deadline = time.monotonic() + ADAPTS_WITHIN_S
    while figures.get("connections_total") != 2 and time.monotonic() < deadline:
        time.sleep(0.5)
        figures = {
            sample.name.removeprefix("videoberatung_"): sample.value
            for family in text_string_to_metric_families(server.get("/metrics"))
            for sample in family.samples
        }
    assert figures["connections_total"] == figures["first_frame_seconds_count"] == 2
    assert 0 < figures["first_frame_seconds_sum"] < 2 * CONNECTS_WITHIN_SECONDS
    assert figures["talks_established_total"] == 1


def test_the_picture_gets_narrower_before_it_gets_slower(talk: Talk) -> None:
    jobseeker, counsellor = talk
    jobseeker.evaluate("network.room = 150, 0")
    jobseeker.wait(f"{PICTURE}.scaleResolutionDownBy === 2", ADAPTS_WITHIN_S)
    assert jobseeker.evaluate(f"{PICTURE}.maxFramerate") == 30
    assert jobseeker.evaluate(f"{SENDS}.degradationPreference") == "maintain-framerate"
    jobseeker.wait(f"{QUALITY} === 'fair' && {SHOWN}.includes('mittel')")
    jobseeker.evaluate("network.room = 0, 0")
    jobseeker.wait(f"{PICTURE}.scaleResolutionDownBy === 1", COMES_BACK_WITHIN_S)
    assert_see_each_other_move(jobseeker, counsellor)


def test_loss_at_the_other_side_lowers_what_we_send_and_it_grows_slowly_again(talk: Talk) -> None:
    jobseeker, counsellor = talk
    before = jobseeker.evaluate(f"{PICTURE}.maxBitrate")
    counsellor.evaluate("network.lost = 100, 0")
    jobseeker.wait(f"{PICTURE}.maxBitrate < {before / 2}", ADAPTS_WITHIN_S)
    counsellor.evaluate("network.lost = 0, 0")
    jobseeker.wait(f"{PICTURE}.maxBitrate === {before} && {PICTURE}.active", 90)


def test_without_room_for_a_picture_there_is_sound_and_both_sides_are_told(talk: Talk) -> None:
    jobseeker, counsellor = talk
    jobseeker.evaluate("network.room = 50, 0")
    jobseeker.wait(f"{PICTURE}.active === false", ADAPTS_WITHIN_S)
    jobseeker.wait(f"{STATUS}.includes('man sieht Sie gerade nicht')")
    jobseeker.wait(f"{QUALITY} === 'poor' && {SHOWN}.includes('schwach')")
    counsellor.wait(f"{STATUS}.includes('nur den Ton')")
    counsellor.wait(visible("[data-tile-of] [data-note=thin]"))
    run(counsellor, "room", "room.js", "room.announce('Etwas anderes')")
    counsellor.wait(f"{STATUS} === 'Etwas anderes'")
    counsellor.wait(f"{STATUS}.includes('nur den Ton')")  # it is so still
    heard = counsellor.evaluate(PACKETS)
    counsellor.wait(f"{PACKETS}.then((packets) => packets > {heard + 50})")

    jobseeker.evaluate("network.room = 0, 0")
    jobseeker.wait(f"{PICTURE}.active", COMES_BACK_WITHIN_S)
    jobseeker.wait(f"{STATUS} === 'Verbunden'")
    counsellor.wait(f"!{visible('[data-tile-of] [data-note=thin]')} && {STATUS} === 'Verbunden'")
    assert_see_each_other_move(jobseeker, counsellor)


def test_who_saves_data_is_sent_less_too(talk: Talk) -> None:
    jobseeker, _ = talk
    open_saving(jobseeker)
    for tab in talk:
        tab.wait(f"{PICTURE}.maxBitrate <= 80000", ADAPTS_WITHIN_S)
    assert "Megabyte" in jobseeker.text()
    jobseeker.click("saving")
    for tab in talk:
        tab.wait(f"{PICTURE}.maxBitrate > 80000", ADAPTS_WITHIN_S)


def test_of_three_the_camera_of_the_last_who_came_is_given_up_first(
    server: Server, talk: Talk
) -> None:
    jobseeker, counsellor = talk
    room = counsellor.evaluate("location.href")
    counsellor.open(f"{server.url}/team/")
    path = ask(counsellor, "interpreter", "Oksana Bondar")
    counsellor.open(room)
    with Chromium(installed.chromium()) as guest:
        guest.run_before_scripts(PRETEND)
        come(guest, server, path)
        counsellor.click_on("[data-waiting] [data-testid=admit]")
        wait_for_tiles(jobseeker, 2)
        jobseeker.evaluate("network.lost = 100, 0")
        guest.wait(f"!({SENDS_TO_ALL})", COMES_BACK_WITHIN_S)
        jobseeker.wait(
            f"{tile_with('Oksana Bondar')}.querySelector('[data-note=thin]').hidden === false"
        )
        assert counsellor.evaluate(SENDS_TO_ALL), "the counsellor is still seen by both"
        jobseeker.evaluate("network.lost = 0, 0")
        guest.wait(SENDS_TO_ALL, 90)


def open_saving(tab: Tab) -> None:
    tab.click("more")
    tab.click("open-devices")
    tab.click("saving")
    tab.wait("document.querySelector('[data-testid=saving]').checked")


def visible(selector: str) -> str:
    return f"(document.querySelector('{selector}').getClientRects().length > 0)"
