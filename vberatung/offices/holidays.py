"""Public holidays, as the `holidays` library knows them for each Bundesland, Augsburg too."""

from datetime import date
from functools import lru_cache

from holidays.countries.germany import Germany

REGIONS: tuple[str, ...] = ("", *Germany.subdivisions)
"""Empty: only what is a holiday in all of Germany."""


@lru_cache(maxsize=64)
def holidays_of(region: str, year: int) -> frozenset[date]:
    """The local days of one year on which the region has a public holiday."""
    return frozenset(Germany(subdiv=region or None, years=year))
