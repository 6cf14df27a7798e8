"""What a check has found, as codes; the sentences are in routes/doctor_words.py. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, field

OK, WARNING, FAILED = LEVELS = ("ok", "warning", "failed")


@dataclass(frozen=True)
class Finding:
    """`check` names what was looked at, `code` what was found, `values` fill its sentences."""

    check: str
    level: str
    code: str
    values: dict[str, str | int | float] = field(default_factory=dict)


def exit_code(findings: Iterable[Finding]) -> int:
    """0, 1 or 2, as monitoring plugins end (Monitoring Plugins Guidelines, return codes)."""
    return max((LEVELS.index(finding.level) for finding in findings), default=0)
