import pytest
from sqlalchemy.orm import Session

from tests.support.cast import Cast
from vberatung.offices import queries


def test_offices_come_by_name(session: Session, cast: Cast) -> None:
    names = [office.name for office in queries.all_offices(session)]
    assert names == ["Jobcenter Musterstadt", "Jobcenter Seeheim"]


def test_an_office_is_found_by_its_word_with_its_topics_in_order(
    session: Session, cast: Cast
) -> None:
    office = queries.office_by_slug(session, "musterstadt")
    assert office is cast.office
    assert [topic.slug for topic in office.topics] == ["weiterbildung", "erstgespraech"]


@pytest.mark.parametrize("slug", ["", "MUSTERSTADT", "musterstadt ", "%", "nirgendwo"])
def test_anything_else_is_no_office(session: Session, cast: Cast, slug: str) -> None:
    assert queries.office_by_slug(session, slug) is None


def test_a_topic_belongs_to_its_office(cast: Cast) -> None:
    assert queries.topic_of(cast.office, "weiterbildung") is cast.topic
    assert queries.topic_of(cast.other_office, "weiterbildung") is cast.other_topic
    assert queries.topic_of(cast.office, "ausbildung") is None
    assert queries.topic_of(cast.office, None) is None
