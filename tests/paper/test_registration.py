import io

from pypdf import PdfReader

from tests.support.cast import MORNING
from vberatung.paper.registration import Receipt, pdf


def test_a_receipt_holds_everything_in_its_order() -> None:
    receipt = Receipt(
        title="Bestätigung",
        language="de",
        sent_at=MORNING,
        office=["Jobcenter Musterstadt", "Lindenallee 12, 01234 Musterstadt"],
        opening=["Angekommen."],
        facts=[("Nummer", "ABCD-EFGH-KLMN"), ("leer", "")],
        sections=[("Person", [("Name", "Олена Коваленко")]), ("Arbeit", [("Ende", "15.06.2027")])],
        closing=["Die Frist ist berechnet."],
        footer="Jobcenter Musterstadt",
    )
    text = "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf(receipt))).pages)
    words = ["Lindenallee", "Bestätigung", "Angekommen", "ABCD-EFGH-KLMN", "Person", "Олена"]
    places = [text.index(word) for word in [*words, "Arbeit", "15.06.2027", "Die Frist"]]
    assert places == sorted(places)
    assert "leer" not in text
