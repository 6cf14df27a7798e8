"""axe-core in a page. It finds about a third of the barriers; the rest is walked by hand."""

from collections.abc import Callable

from .engines import Chromium, Tab

Axe = Callable[[Tab], None]
LANGUAGES = ("de", "en")
LOOKS = ("light", "dark")
NARROW = 320  # CSS pixels: 1280 at 400 % zoom (WCAG 1.4.10)

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
RUN = f"axe.run(document, {{runOnly: {TAGS}, resultTypes: ['violations']}})"
VIOLATIONS = f"""{RUN}.then((result) => result.violations.map((rule) => [
  rule.id + ' (' + rule.impact + '): ' + rule.help,
  ...rule.nodes.map((node) => node.html.slice(0, 200) + ' – ' + node.failureSummary)
].join('\\n    ')))"""


def open_in(tab: Tab, url: str, language: str) -> None:
    tab.open(f"{url}{'&' if '?' in url else '?'}lang={language}")
    assert tab.evaluate("document.documentElement.lang") == language


def assert_for_everybody(tab: Chromium, axe: Axe) -> None:
    for look in LOOKS:
        tab.emulate_media(color_scheme=look)
        axe(tab)
    assert_fits(tab, NARROW)
    tab.set_viewport(1280, 800)


def assert_accessible(tab: Tab, source: str) -> None:
    """No violation of WCAG 2.2 AA and none of the good practices, as far as axe can tell."""
    tab.evaluate(f"(() => {{ {source}\n }})()")
    violations = tab.evaluate(VIOLATIONS)
    assert not violations, "\n".join(
        [f"{len(violations)} violations on {tab.evaluate('location.href')}", *violations]
    )


def assert_fits(tab: Tab, width: int) -> None:
    """Nothing makes the page scroll sideways, and the same content is there (WCAG 1.4.10)."""
    tab.set_viewport(width, 640)
    wide = tab.evaluate("document.documentElement.scrollWidth")
    assert wide <= width, (
        f"{tab.evaluate('location.href')} is {wide} px wide: {tab.evaluate(TOO_WIDE % width)}"
    )


TOO_WIDE = """Array.from(document.querySelectorAll('body *'))
  .filter((element) => element.getBoundingClientRect().right > %d + 0.5)
  .slice(0, 5).map((element) => element.outerHTML.slice(0, 120))"""
