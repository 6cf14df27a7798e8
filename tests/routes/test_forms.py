"""Rules that several forms share."""

from datetime import date

import pytest
from flask import Flask
from werkzeug.datastructures import MultiDict
from wtforms import StringField

from vberatung.routes.forms import CalendarDay, DataRequired, EmailOrPhone, FlaskForm, id_in


class DayForm(FlaskForm):
    class Meta:
        csrf = False

    day = CalendarDay("Tag", validators=[DataRequired("Der Tag fehlt.")])
    other = CalendarDay("Anderer Tag")


def typed(app: Flask, **days: str) -> DayForm:
    with app.test_request_context():
        form = DayForm(MultiDict(days))
        form.validate()
    return form


@pytest.mark.parametrize("text", ["2027-05-31", "31.05.2027", " 31.5.2027 ", "31. 5. 2027"])
def test_a_day_is_taken_as_browsers_and_people_write_it(app: Flask, text: str) -> None:
    form = typed(app, day=text)
    assert not form.errors
    assert (form.day.data, form.other.data) == (date(2027, 5, 31), None)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "Der Tag fehlt."),
        ("31.02.2027", "Diesen Tag gibt es nicht."),
        ("31.05.27", "mit vier Ziffern"),
        ("31.05.9999", "mit vier Ziffern"),
        ("bald", "Tag, Monat und Jahr"),
    ],
)
def test_a_mistaken_day_has_one_sentence_and_stays_as_typed(
    app: Flask, text: str, sentence: str
) -> None:
    form = typed(app, day=text, other=text)
    with app.test_request_context():
        (error,) = form.day.errors
        assert sentence in str(error)
        assert form.day._value() == text  # what the browser gets
    assert list(form.other.errors) == ([] if not text else [error])


@pytest.mark.parametrize(
    ("text", "id"),
    [("7", 7), ("0", 0), (str(2**31 - 1), 2**31 - 1), (str(2**31), None), ("9" * 5000, None)]
    + [(text, None) for text in (None, "", "x", "-1", "²", "٣")],
)
def test_only_a_number_that_a_row_can_have_is_an_id(text: str | None, id: int | None) -> None:
    assert id_in(text) == id


class ContactForm(FlaskForm):
    class Meta:
        csrf = False

    contact = StringField(validators=[EmailOrPhone()])


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("aylin", "eine E-Mail-Adresse oder eine Telefonnummer"),
        ("aylin@", "Bitte prüfen Sie die E-Mail-Adresse"),
        ("0151 12", "Bitte prüfen Sie die Telefonnummer"),
    ],
)
def test_what_is_neither_an_address_nor_a_number_is_asked_for_as_both(
    app: Flask, text: str, sentence: str
) -> None:
    with app.test_request_context():
        form = ContactForm(MultiDict({"contact": text}))
        assert not form.validate()
        assert sentence in str(form.contact.errors[0])
