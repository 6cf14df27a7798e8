"""The tools of counselling: opened by the counsellor, written in by all, the same for all."""

from collections.abc import Iterator
from typing import Any

import pytest

from . import installed
from .accessibility import Axe, assert_for_everybody
from .engines import Chromium
from .keyboard import tab_to
from .panels import bring_third, close_panel, is_open, open_panel, run, wait_for_text
from .server import Server
from .talk import assert_silent, open_room, running_talk, wait_for_state

KEEP_THE_CHANNEL = """
  const send = RTCDataChannel.prototype.send;
  RTCDataChannel.prototype.send = function (data) {
    if (this.label === 'talk') { window.talkChannel = this; }
    send.call(this, data);
  };
  window.tellRaw = (entries) => send.call(window.talkChannel,
    JSON.stringify({part: 'tools', entries: entries}));"""
SHOWN = "document.querySelector('[data-tool=%s]').getClientRects().length > 0"
VALUES = "Array.from(document.querySelectorAll('[data-list=%s] [data-field=%s]'), (f) => f.value)"
STATUS = "document.querySelector('[data-say=status]').textContent"

Talk = tuple[Chromium, Chromium]


@pytest.fixture(scope="module")
def talk(server: Server) -> Iterator[Talk]:
    with running_talk(server, KEEP_THE_CHANNEL) as talk:
        yield talk


@pytest.fixture
def third() -> Iterator[Chromium]:
    with Chromium(installed.chromium()) as tab:
        yield tab
        assert_silent(tab)


def show(counsellor: Chromium, tool: str, on: bool = True) -> None:
    open_panel(counsellor, "tools")
    pressed = f"document.querySelector('[data-testid=tool-{tool}]').getAttribute('aria-pressed')"
    if counsellor.evaluate(pressed) != str(on).lower():
        counsellor.click(f"tool-{tool}")


def wait_for_values(tab: Chromium, list: str, field: str, values: list[str]) -> None:
    tab.wait(f"JSON.stringify({VALUES % (list, field)}) === JSON.stringify({values!r})")


def test_the_counsellor_opens_a_tool_for_both_and_closes_it(talk: Talk) -> None:
    jobseeker, counsellor = talk
    show(counsellor, "scale")
    jobseeker.wait(SHOWN % "scale")
    jobseeker.wait(f"{STATUS} === 'Geöffnet: Skalenfrage'")
    assert not jobseeker.evaluate("document.querySelector('[data-tool-toggle]')")
    show(counsellor, "scale", on=False)
    jobseeker.wait(f"!({SHOWN % 'scale'})")
    wait_for_text(jobseeker, "tools-none", "Gerade ist keines offen")


def test_a_tool_that_opens_takes_nobody_away_from_what_they_write(talk: Talk) -> None:
    jobseeker, counsellor = talk
    open_panel(jobseeker, "chat")
    jobseeker.type_into("[data-testid=chat-input]", "Ich schreibe")
    show(counsellor, "scale")
    jobseeker.wait(f"{STATUS} === 'Geöffnet: Skalenfrage'")
    assert is_open(jobseeker, "chat")
    assert jobseeker.evaluate("document.activeElement.dataset.testid") == "chat-input"


def test_a_number_and_its_reason_by_keyboard(talk: Talk) -> None:
    jobseeker, counsellor = talk
    open_panel(jobseeker, "tools")
    tab_to(jobseeker, "[data-field=question]")
    jobseeker.write("Wie sicher?")
    jobseeker.press("Tab")
    jobseeker.press("Space")
    for _ in range(7):
        jobseeker.press("ArrowRight")
    tab_to(jobseeker, "[data-field=reason]")
    jobseeker.write("Geübt")
    wait_for_values(counsellor, "scale", "reason", ["Geübt"])
    checked = "document.querySelector('[data-list=scale] [data-field=value]:checked').value"
    counsellor.wait(f"{checked} === '7'")
    counsellor.wait(f"{STATUS} === 'Aylin Demir hat etwas geändert: Skalenfrage'")
    wait_for_values(counsellor, "scale", "question", ["Wie sicher?"])
    others = "document.querySelector('[data-field=reason]').parentElement"
    counsellor.wait(f"{others}.textContent.includes('Aylin Demir schreibt hier')")


def test_both_add_and_write_at_once(talk: Talk) -> None:
    jobseeker, counsellor = talk
    show(counsellor, "proscons")
    jobseeker.wait(SHOWN % "proscons")
    add = "[...Array(5)].forEach(() => document.querySelector('[data-testid=add-pro]').click())"
    for tab in talk:
        tab.evaluate(add)
    write = """document.querySelectorAll('[data-list=pro] [data-field]').forEach((field, n) => {
      field.value = '%s' + n; field.dispatchEvent(new Event('input', {bubbles: true})); })"""
    for tab, name in zip(talk, "jc", strict=True):
        tab.evaluate(write % name)
    count = "document.querySelectorAll('[data-list=pro] > li').length"
    for tab in talk:
        tab.wait(f"{count} === 11")
    assert_the_same(*talk)


def test_a_removed_row_stays_removed_for_both(talk: Talk) -> None:
    jobseeker, counsellor = talk
    counsellor.evaluate("document.querySelector('[data-list=pro] [data-remove]').click()")
    jobseeker.evaluate("""(() => {
      const field = document.querySelector('[data-list=pro] [data-field]');
      field.value = 'spät'; field.dispatchEvent(new Event('input', {bubbles: true})); })()""")
    for tab in talk:
        tab.wait("document.querySelectorAll('[data-list=pro] > li').length === 10")
    assert counsellor.evaluate("document.activeElement.id") == "tool-proscons"  # no focus is lost


def test_a_matrix_with_weights(talk: Talk) -> None:
    jobseeker, counsellor = talk
    show(counsellor, "proscons", on=False)
    show(counsellor, "matrix")
    counsellor.type_into("[data-list=criterion] [data-field=name]", "Weg")
    choose(counsellor, "[data-field=weight]", "3")
    counsellor.type_into("[data-list=option] [data-field=name]", "Lager")
    jobseeker.wait(SHOWN % "matrix")
    jobseeker.wait(
        "document.querySelector('[data-cell-name]').textContent === 'Weg (zählt 3-fach)'"
    )
    choose(jobseeker, "[data-testid=cell]", "4")
    wait_for_text(counsellor, "sum", "Summe: 12 von 15 Punkten")


def test_no_barrier(talk: Talk, axe: Axe) -> None:
    jobseeker, counsellor = talk
    for tool in ("scale", "proscons", "matrix", "steps"):
        show(counsellor, tool)
    jobseeker.wait(SHOWN % "steps")
    open_panel(jobseeker, "tools")
    for tab in talk:
        assert_for_everybody(tab, axe)


def test_a_reload_in_the_middle_loses_nothing(talk: Talk) -> None:
    jobseeker, counsellor = talk
    show(counsellor, "steps")
    counsellor.type_into("[data-testid=what]", "Anrufen")
    wait_for_values(jobseeker, "step", "what", ["Anrufen"])
    for tab in (counsellor, jobseeker):
        tab.evaluate("window.isOld = true, setTimeout(() => location.reload()), 0")
        tab.wait("!window.isOld && !!window.roomStats")
        wait_for_state(tab, "connected")
        open_panel(tab, "tools")
        wait_for_values(tab, "step", "what", ["Anrufen"])
        tab.wait(SHOWN % "steps")
    assert_the_same(*talk)


def test_what_was_typed_outlives_closing_the_panel(talk: Talk) -> None:
    jobseeker, counsellor = talk
    jobseeker.type_into("[data-testid=who]", "Aylin")
    close_panel(jobseeker, "tools")
    open_panel(jobseeker, "tools")
    wait_for_values(jobseeker, "step", "who", ["Aylin"])
    wait_for_values(counsellor, "step", "who", ["Aylin"])


def test_only_the_counsellor_opens_and_closes(talk: Talk) -> None:
    jobseeker, counsellor = talk
    show(counsellor, "steps")
    jobseeker.wait(SHOWN % "steps")
    jobseeker.evaluate("""tellRaw([['open.steps', false, 9000, 'forgedforged'],
      ['open.nothing', true, 1, 'forgedforged'], ['step.__proto__', 1, 1, 'forgedforged'],
      ['constructor.abcd', 1, 1, 'forgedforged'], 5, null, [], {}, ['step.abcd'],
      ['step.abcd', '1', 1, 'forgedforged'], ['step.abcd', 1, 1e18, 'forgedforged'],
      ['step.abcd.what', 'x'.repeat(301), 1, 'forgedforged'],
      ['topic.matrix', 'echt', 9001, 'forgedforged']])""")
    counsellor.wait("document.querySelector('[data-key=\"topic.matrix\"]').value === 'echt'")
    assert counsellor.evaluate(SHOWN % "steps")
    assert counsellor.evaluate("document.querySelectorAll('[data-list=step] > li').length") == 1
    show(counsellor, "steps", on=False)
    jobseeker.wait(f"!({SHOWN % 'steps'})")  # the forged clock has not taken it from the counsellor
    show(counsellor, "steps")


def test_three_people_and_a_newcomer_who_sees_all(
    talk: Talk, server: Server, third: Chromium
) -> None:
    jobseeker, counsellor = talk
    show(counsellor, "scale")
    # A name that means something to the language of the page.
    bring_third(third, counsellor, server, "constructor")
    third.wait("document.querySelector('[data-list=step] [data-field=what]')")
    open_panel(third, "tools")
    wait_for_values(third, "step", "what", ["Anrufen"])
    write = """
      document.querySelectorAll('[data-field=question], [data-field=who]').forEach((field) => {
      field.value = '%s'; field.dispatchEvent(new Event('input', {bubbles: true})); })"""
    everybody = (jobseeker, counsellor, third)
    for tab, name in zip(everybody, ("eins", "zwei", "drei"), strict=True):
        tab.evaluate(write % name)
    close_panel(third, "tools")
    assert_the_same(*everybody)
    third.evaluate("""document.querySelector('[data-testid=add-step]').click()""")
    for tab in everybody:
        tab.wait("document.querySelectorAll('[data-list=step] > li').length === 2")
    counsellor.wait(f"{STATUS}.includes('constructor hat etwas geändert: ')")


def choose(tab: Chromium, selector: str, value: str) -> None:
    tab.evaluate(f"""(() => {{ const select = document.querySelector('{selector}');
      select.value = '{value}';
      select.dispatchEvent(new Event('change', {{bubbles: true}})); }})()""")


CONTENT = """JSON.stringify(Array.from(document.querySelectorAll('[data-list] [data-key]'),
  (field) => [field.dataset.key, field.value, field.checked]))"""


def assert_the_same(*tabs: Chromium) -> None:
    """In the end, on all sides."""
    first = tabs[0]
    for _ in range(50):
        contents = {tab.evaluate(CONTENT) for tab in tabs}
        if len(contents) == 1:
            return
        first.evaluate("new Promise((resolve) => setTimeout(resolve, 100))")
    raise AssertionError("\n".join(str(each) for each in contents))


# ---- The registers alone


@pytest.fixture(scope="module")
def page(server: Server) -> Iterator[Chromium]:
    with Chromium(installed.chromium()) as tab:
        open_room(tab, server.talk_url)
        yield tab


def shared(page: Chromium, js: str) -> Any:
    people = """const rowsOf = (key) => key.split('.').length < 3 ? []
        : [key.split('.').slice(0, 2).join('.')];
      const rules = {accepts: () => true, most: {l: 3}, rowsOf: rowsOf};
      const [a, b, c] = ['aaaaaaaa', 'bbbbbbbb', 'cccccccc'].map((who) => new Shared(who, rules));
      const says = (one) => JSON.stringify(one.all().map((e) => [e[0], e[1]]).sort());
      const meet = (one, other) => { one.merge(other.all()); other.merge(one.all()); };"""
    return run(page, "Shared", "shared.js", people + js)


def test_the_last_writer_wins_on_all_sides(page: Chromium) -> None:
    js = """a.set('x', 1); b.set('x', 2); meet(a, b);
      const tie = [a.get('x'), b.get('x')];
      a.set('x', 3); meet(a, b);
      return [tie, a.get('x'), b.get('x')]"""
    assert shared(page, js) == [[2, 2], 3, 3]


def test_the_order_of_messages_does_not_matter(page: Chromium) -> None:
    """Three people, a thousand random changes, delivered in a random order and twice."""
    js = """let seed = 7;
      const random = (n) => { seed = (seed * 16807) % 2147483647; return seed % n; };
      const all = [a, b, c], mail = all.map(() => []);
      for (let n = 0; n < 1000; n++) {
        const who = random(3), key = 'k' + random(20);
        const said = all[who].set(key, random(5));
        mail.forEach((box, to) => to !== who && box.push(...said, ...said));
        const to = random(3);
        if (mail[to].length) { all[to].merge(mail[to].splice(random(mail[to].length), 1)); }
      }
      mail.forEach((box, to) => all[to].merge(box.reverse()));
      return new Set(all.map(says)).size"""
    assert shared(page, js) == 1


def test_rows_keep_their_order_and_removed_ones_do_not_come_back(page: Chromium) -> None:
    js = """a.add('l', 'one'); a.add('l', 'two'); meet(a, b);
      a.remove('l', 'one'); b.set('l.one.text', 'late'); b.add('l', 'bbb'); a.add('l', 'aaa');
      meet(a, b); meet(b, c);
      return [a.rows('l'), b.rows('l'), c.rows('l')]"""
    assert shared(page, js) == [["two", "aaa", "bbb"]] * 3


@pytest.mark.parametrize(
    "entry",
    [
        "null", "5", "[]", "['x', 1, 1]", "[1, 1, 1, 'aaaaaaaa']", "['x', 1, 0, 'aaaaaaaa']",
        "['x', 1, 1e17, 'aaaaaaaa']", "['x', 1, 1.5, 'aaaaaaaa']", "['x', 1, 1, '']",
        "['x', 1, 1, {}]", "['x'.repeat(81), 1, 1, 'aaaaaaaa']",
    ],
)  # fmt: skip
def test_a_strange_entry_is_left_out(page: Chromium, entry: str) -> None:
    assert shared(page, f"return [b.merge([{entry}]), b.all().length]") == [[], 0]


def test_memory_stays_flat(page: Chromium) -> None:
    js = """for (let n = 1; n < 9000; n++) { b.merge([['k' + n, 'x', n, 'aaaaaaaa'],
        ['l.lost' + n + '.text', 'x', n, 'aaaaaaaa'], ['l.gone' + n, null, n, 'aaaaaaaa']]); }
      return [b.all().length, b.removed.size, b.early.size]"""
    total, removed, early = shared(page, js)
    assert total <= 2500
    assert removed <= 300
    assert early <= 100


def test_whoever_was_told_of_a_far_clock_is_not_left_alone(page: Chromium) -> None:
    """Somebody set one person's clock far ahead: all that this person wrote was dropped."""
    js = """a.merge([['x', 'forged', 100000, 'gggggggg']]);
      a.merge([['x', 'forged', 9e15, 'gggggggg']]);
      const said = a.set('x', 'from a').concat(a.set('y', 'also'));
      b.merge(said);
      meet(b, c);
      b.set('x', 'from b'); meet(a, b); meet(b, c);
      return [b.get('y'), a.get('x'), says(a) === says(b), says(b) === says(c)]"""
    assert shared(page, js) == ["also", "from b", True, True]


def test_a_clock_at_its_end_spoils_one_register_and_no_list(page: Chromium) -> None:
    js = """const end = Number.MAX_SAFE_INTEGER;
      b.merge([['x', 'for ever', end, 'gggggggg'], ['l.junk', 1, end, 'gggggggg']]);
      return [typeof b.get('x'), b.set('x', 'y'), b.rows('l'), b.add('l', 'mine').length,
        b.set('z', 1).length]"""
    assert shared(page, js) == ["undefined", [], [], 1, 1]


def test_a_full_list_takes_rows_again_when_one_is_removed(page: Chromium) -> None:
    """One person filled everything, and nobody could add anything any more."""
    js = """b.add('l', 'mine');
      for (let n = 0; n < 2000; n++) { b.merge([['l.r' + n, n, 1, 'gggggggg']]); }
      const full = [b.full('l'), b.add('l', 'no'), b.rows('l').length, b.all().length];
      for (let n = 0; n < 20 && b.full('l'); n++) {
        b.remove('l', b.rows('l').filter((id) => id !== 'mine')[0]); }
      for (let n = 0; n < 2000; n++) { b.add('l', 's' + n); b.remove('l', 's' + n); }
      return [full, b.add('l', 'next').length, b.rows('l').includes('mine')]"""
    assert shared(page, js) == [[True, [], 3, 6], 1, True]


def test_rows_added_at_the_same_time_to_an_almost_full_list_are_the_same_for_all(
    page: Chromium,
) -> None:
    js = """a.add('l', 'one'); a.add('l', 'two'); meet(a, b);
      a.add('l', 'fromA'); b.add('l', 'fromB'); meet(a, b);
      const before = [a.rows('l'), b.rows('l')];
      a.remove('l', 'one'); meet(a, b);
      return [before, a.rows('l'), b.rows('l')]"""
    after = ["two", "fromA", "fromB"]
    assert shared(page, js) == [[["one", "two", "fromA"]] * 2, after, after]


def test_a_field_that_comes_before_its_row_is_kept_and_goes_with_it(page: Chromium) -> None:
    """What two people say need not come in the order in which they said it."""
    js = """const row = a.add('l', 'one'); b.merge(row);
      const text = b.set('l.one.text', 'x');
      c.merge(text); c.merge(row);
      const kept = c.get('l.one.text');
      c.merge(a.remove('l', 'one')); c.merge(text);
      return [kept, c.all().length]"""
    assert shared(page, js) == ["x", 1]


@pytest.mark.parametrize(
    ("key", "value", "fine"),
    [
        ("scale.abcd", "1", True),
        ("scale.abcd", "null", True),
        ("scale.abcd", "'1'", False),
        ("scale.abcd", "NaN", False),
        ("scale.abcd.value", "10", True),
        ("scale.abcd.value", "11", False),
        ("scale.abcd.value", "1.5", False),
        ("scale.abcd.reason", "'x'.repeat(1001)", False),
        ("scale.ab", "1", False),
        ("scale.abcd.constructor", "1", False),
        ("__proto__.abcd", "1", False),
        ("toString.abcd", "1", False),
        ("open.scale", "true", True),
        ("open.scale", "1", False),
        ("open.other", "true", False),
        ("cell.abcd.efgh", "5", True),
        ("cell.abcd.efgh", "6", False),
        ("step.abcd.when", "'2026-12-01'", True),
        ("step.abcd.when", "'morgen'", False),
        ("step.abcd.when", "'9999-99-99'", False),
        ("", "1", False),
    ],
)
def test_what_may_stand_where(page: Chromium, key: str, value: str, fine: bool) -> None:
    js = f"return accepts('{key}', {value})"
    assert run(page, "accepts", "counselling.js", js) is fine
