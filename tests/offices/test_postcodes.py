from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from tests.support.cast import Cast
from vberatung.offices import postcodes
from vberatung.offices.postcodes import LineError, Range


def ranges_of(text: str) -> list[str]:
    ranges, errors = postcodes.read_csv(text)
    assert errors == []
    return [str(one) for one in ranges]


@pytest.mark.parametrize(
    "text",
    [
        "01067\n01069-01099",
        "01067\r\n01069;01099\r\n",
        "01067\n01069,01099",
        "01067\t\n01069\t01099\n",
        "PLZ\n01067\n\n01069 – 01099",
        "von;bis\n01067;01067\n01069;01099",
        '"PLZ";"Ort"\n"01067";"Musterstadt"\n"01069-01099";"Umland"',
        "01069;01080\n01075-01099\n01067",
    ],
)
def test_the_ways_to_write_a_list(text: str) -> None:
    assert ranges_of(text) == ["01067", "01069–01099"]


def test_what_touches_is_one_range() -> None:
    assert ranges_of("01000-01999\n02000\n02001-02999") == ["01000–02999"]


@pytest.mark.parametrize(
    ("line", "problem", "text"),
    [
        ("1234", postcodes.NOT_A_POSTCODE, "1234"),
        ("012345", postcodes.NOT_A_POSTCODE, "012345"),
        ("Dresden", postcodes.NOT_A_POSTCODE, "Dresden"),
        ("01067;199", postcodes.NOT_A_POSTCODE, "199"),
        ("٠١٢٣٤", postcodes.NOT_A_POSTCODE, "٠١٢٣٤"),
        ("01999-01000", postcodes.BACKWARDS, "01999–01000"),
    ],
)
def test_an_error_names_its_line(line: str, problem: str, text: str) -> None:
    ranges, errors = postcodes.read_csv(f"PLZ\n01067\n{line}\n01069")
    assert errors == [LineError(3, problem, text)]
    assert ranges == [Range("01067", "01067"), Range("01069", "01069")]


def test_every_wrong_line_is_named() -> None:
    _ranges, errors = postcodes.read_csv("x1\n01067\nx2\n\nx3")
    assert [error.line for error in errors] == [1, 3, 5]


def test_too_many_lines() -> None:
    _ranges, errors = postcodes.read_csv("01067\n" * 10_001)
    assert [error.problem for error in errors] == [postcodes.TOO_MANY]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_a_file_of_any_spreadsheet(encoding: str) -> None:
    data = "Ort;PLZ\nKöln;50667".encode(encoding)
    assert ranges_of(postcodes.decode(data)) == ["50667"]


@given(st.lists(st.tuples(st.integers(0, 300), st.integers(0, 40)), max_size=20))
def test_merging_loses_no_postcode_and_adds_none(pairs: list[tuple[int, int]]) -> None:
    ranges = [Range(f"{first:05}", f"{first + more:05}") for first, more in pairs]
    merged = postcodes.merge(ranges)
    assert members(merged) == members(ranges)
    ends = [(int(one.first), int(one.last)) for one in merged]
    assert all(last + 1 < first for (_, last), (first, _) in pairwise(ends))
    assert postcodes.read_csv(postcodes.write_csv(merged)) == (merged, [])


def members(ranges: list[Range]) -> set[int]:
    return {number for one in ranges for number in range(int(one.first), int(one.last) + 1)}


@pytest.mark.parametrize("typed", ["01067", " 01067 ", "D-01067", "01 067", "d-01067"])
def test_a_postcode_as_people_write_it(typed: str) -> None:
    assert postcodes.read_postcode(typed) == "01067"


@pytest.mark.parametrize("typed", ["", "1067", "010677", "O1067", "x", "٠١٢٣٤", "01067\0"])
def test_what_is_no_postcode(typed: str) -> None:
    assert postcodes.read_postcode(typed) is None


def test_the_office_that_serves_a_postcode(session: Session, cast: Cast) -> None:
    postcodes.replace(session, cast.office, [Range("01000", "01999"), Range("03044", "03044")])
    postcodes.replace(session, cast.other_office, [Range("01999", "02500")])
    assert postcodes.find(session, "01000") == [cast.office]
    assert postcodes.find(session, "03044") == [cast.office]
    assert postcodes.find(session, "01999") == [cast.office, cast.other_office]
    assert postcodes.find(session, "02000") == [cast.other_office]
    assert postcodes.find(session, "03045") == []


def test_what_another_office_serves_too(session: Session, cast: Cast) -> None:
    postcodes.replace(session, cast.other_office, [Range("01500", "02500")])
    ranges = [Range("01000", "01999"), Range("09111", "09111")]
    both = postcodes.served_by_others_too(session, cast.office, ranges)
    assert both == [(Range("01500", "01999"), "Jobcenter Seeheim")]


def test_a_new_list_replaces_the_office_s_own_only(session: Session, cast: Cast) -> None:
    postcodes.replace(session, cast.office, [Range("01000", "01999")])
    postcodes.replace(session, cast.other_office, [Range("05000", "05000")])
    postcodes.replace(session, cast.office, [Range("03000", "03999")])
    assert postcodes.served_by(session, cast.office) == [Range("03000", "03999")]
    assert postcodes.served_by(session, cast.other_office) == [Range("05000", "05000")]
