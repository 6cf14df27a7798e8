"""Four words that are equal on both sides, and differ when somebody sits between them."""

from collections.abc import Iterator
from typing import Any

import pytest

from .engines import Chromium
from .server import Server
from .talk import running_talk

CODE = "document.querySelector('[data-testid=security-code]')"
HAS_WORDS = (
    f"{CODE} && {CODE}.getClientRects().length && {CODE}.textContent.split(' ').length === 4"
)
TWO_SIDES = """
(async () => {
  const script = document.querySelector('script[src*="/js/room/room.js"]').src;
  const {Exchange, fingerprint} = await import(script.replace('room.js', 'sas.js'));
  const messages = [];
  const side = (own, other, to) => new Exchange(own, other, (step) => messages.push([to, step]));
  const deliver = async (sides, change = (step) => step) => {
    while (messages.length) {
      const [to, step] = messages.shift();
      await sides[to].receive(change(step, to));
    }
    return Object.values(sides).map((one) => ({words: one.words, refused: one.refused}));
  };
  %s
})()"""
NOBODY_BETWEEN = """
  const sides = {a: side('aa', 'bb', 'b'), b: side('bb', 'aa', 'a')};
  await sides.a.start();
  return deliver(sides);"""
BOTH_BEGIN = """
  const sides = {a: side('aa', 'bb', 'b'), b: side('bb', 'aa', 'a')};
  await Promise.all([sides.a.start(), sides.b.start()]);
  return deliver(sides);"""
SWAPPED_FINGERPRINTS = """
  // The server shows its own fingerprint to both, and passes on what they say to each other.
  const sides = {a: side('aa', 'mm', 'b'), b: side('bb', 'mm', 'a')};
  await sides.a.start();
  return deliver(sides);"""
IN_BETWEEN = """
  // The server speaks with each side for itself, under its own fingerprint.
  const sides = {a: side('aa', 'mm', 'x'), x: side('mm', 'aa', 'a'), b: side('bb', 'mm', 'y'),
    y: side('mm', 'bb', 'b')};
  await Promise.all([sides.a.start(), sides.b.start()]);
  return deliver(sides);"""
CHANGED_COMMITMENT = """
  const sides = {a: side('aa', 'bb', 'b'), b: side('bb', 'aa', 'a')};
  await sides.a.start();
  return deliver(sides, (step, to) => (
    step.step === 'commit' && to === 'b' ? {step: 'commit', value: '0'.repeat(64)} : step));"""
COMMITMENT_CHANGED_LATER = """
  const sides = {a: side('aa', 'bb', 'b'), b: side('bb', 'aa', 'a')};
  await sides.a.start();
  await deliver({a: sides.a, b: sides.b}, (step, to) => (step.step === 'reveal' ? {} : step));
  await sides.a.receive({step: 'commit', value: '1'.repeat(64)});
  return deliver(sides);"""
NONCE_FIRST = """
  const sides = {a: side('aa', 'bb', 'b')};
  await sides.a.receive({step: 'reveal', value: '2'.repeat(64)});
  return deliver(sides);"""
NONSENSE = """
  const sides = {a: side('aa', 'bb', 'b'), b: side('bb', 'aa', 'a')};
  for (const step of [null, 7, {}, {step: 'commit'}, {step: 'reveal', value: 'x'.repeat(64)}]) {
    await sides.a.receive(step);
  }
  await sides.a.start();
  return deliver(sides);"""
FINGERPRINTS = """
  return ['a=fingerprint:sha-256 AA:BB\\r\\na=fingerprint:sha-256 aa:bb', 'a=fingerprint:sha-1 AA',
    'a=fingerprint:sha-256 AA\\na=fingerprint:sha-256 BB', 'v=0'].map(fingerprint);"""


@pytest.fixture(scope="module")
def talk(server: Server) -> Iterator[tuple[Chromium, Chromium]]:
    with running_talk(server) as talk:
        yield talk


def test_both_read_the_same_words(talk: tuple[Chromium, Chromium]) -> None:
    for tab in talk:
        tab.click("more")
        tab.click("open-code")
    words = []
    for tab in talk:
        tab.wait(HAS_WORDS)
        words.append(tab.evaluate(f"{CODE}.textContent"))
    assert words[0] == words[1]


def exchange(talk: tuple[Chromium, Chromium], what: str) -> Any:
    return talk[0].evaluate(TWO_SIDES % what)


@pytest.mark.parametrize("what", [NOBODY_BETWEEN, BOTH_BEGIN, NONSENSE])
def test_without_anybody_in_between_the_words_are_equal(
    talk: tuple[Chromium, Chromium], what: str
) -> None:
    one, other = exchange(talk, what)
    assert one == other
    assert (len(one["words"]), one["refused"]) == (4, False)


def test_a_server_that_swaps_fingerprints_is_refused(talk: tuple[Chromium, Chromium]) -> None:
    assert all(
        side["refused"] and not side["words"] for side in exchange(talk, SWAPPED_FINGERPRINTS)
    )


def test_a_man_in_the_middle_has_different_words_on_the_two_sides(
    talk: tuple[Chromium, Chromium],
) -> None:
    jobseeker, _, counsellor, _ = exchange(talk, IN_BETWEEN)
    assert len(jobseeker["words"]) == len(counsellor["words"]) == 4
    assert jobseeker["words"] != counsellor["words"]


@pytest.mark.parametrize("what", [CHANGED_COMMITMENT, COMMITMENT_CHANGED_LATER, NONCE_FIRST])
def test_who_changes_the_commitment_is_refused(talk: tuple[Chromium, Chromium], what: str) -> None:
    sides = exchange(talk, what)
    assert any(side["refused"] for side in sides)
    assert not any(side["words"] and side["refused"] for side in sides)


def test_only_one_sha_256_fingerprint_counts(talk: tuple[Chromium, Chromium]) -> None:
    assert exchange(talk, FINGERPRINTS) == ["aa:bb", "", "", ""]
