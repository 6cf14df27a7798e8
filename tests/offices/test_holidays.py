from datetime import date

import pytest

from vberatung.offices.holidays import REGIONS, holidays_of


def test_every_bundesland_and_augsburg_can_be_chosen() -> None:
    assert {"BW", "BY", "BE", "BB", "HB", "HH", "HE", "MV"} < set(REGIONS)
    assert {"NI", "NW", "RP", "SL", "SN", "ST", "SH", "TH"} < set(REGIONS)
    assert {"", "Augsburg"} < set(REGIONS)
    assert all(len(region) <= 20 for region in REGIONS), "longer than its column"


@pytest.mark.parametrize("region", REGIONS)
def test_german_unity_is_a_holiday_everywhere(region: str) -> None:
    assert date(2026, 10, 3) in holidays_of(region, 2026)
    assert date(2026, 11, 23) not in holidays_of(region, 2026)


@pytest.mark.parametrize(
    ("day", "regions"),
    [
        pytest.param(date(2026, 8, 8), {"Augsburg"}, id="Friedensfest"),
        pytest.param(date(2026, 11, 18), {"SN"}, id="Buß- und Bettag"),
        pytest.param(date(2026, 1, 6), {"BW", "BY", "ST", "Augsburg"}, id="Heilige Drei Könige"),
        pytest.param(date(2026, 3, 8), {"BE", "MV"}, id="Frauentag"),
        pytest.param(date(2026, 9, 20), {"TH"}, id="Weltkindertag"),
    ],
)
def test_a_regional_holiday_is_one_there_alone(day: date, regions: set[str]) -> None:
    assert {region for region in REGIONS if day in holidays_of(region, day.year)} == regions


def test_a_year_has_its_own_easter() -> None:
    assert date(2026, 4, 6) in holidays_of("", 2026)
    assert date(2027, 3, 29) in holidays_of("", 2027)
    assert date(2026, 4, 6) not in holidays_of("", 2027)
