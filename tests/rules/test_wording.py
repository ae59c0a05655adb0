"""A site brings in the official texts it is licensed for."""

from app.domain.questionnaire import questionnaire
from app.domain.rulebook import decode
from app.domain.texts import Text
from app.services.wording import PATH, Imported, import_wording
from tests.rules.book import files, rulebook

# made up: the official texts are not ours to copy
GOOD = "code,fr,en\nPROCTCAE_9A_SCL,Texte un,Text one\nPROCTCAE_9B_SCL,Texte deux,Text two\n"


def brought(content: str, name: str = "official.csv") -> Imported:
    return import_wording(files(), name, content.encode(), "test", "test licence")


def test_official_texts_take_the_place_of_ours_as_they_are() -> None:
    imported = brought(GOOD)
    assert imported.status == 0
    assert imported.content is not None
    book = decode({**files(), PATH: imported.content})
    asked = questionnaire(book.regimen("letrozole"), book)
    nausea = next(item for item in asked.items if item.id == "nausea")
    assert [q.question for q in nausea.attributes] == [Text("Texte un", "Text one"), Text("Texte deux", "Text two")]
    assert book.version != rulebook().version


def test_questions_without_official_text_keep_our_words() -> None:
    assert "keep our own words: PROCTCAE_10A_SCL" in brought(GOOD).text


def test_a_code_that_no_symptom_has_is_refused_and_nothing_is_written() -> None:
    imported = brought(GOOD.replace("9B", "9C"))
    assert (imported.status, imported.content) == (1, None)
    assert "there is no item code `PROCTCAE_9C_SCL`" in imported.text


def test_a_line_with_a_hole_or_a_code_given_twice_is_refused() -> None:
    imported = brought(GOOD + "PROCTCAE_9A_SCL,encore,again\nPROCTCAE_10A_SCL,,\n")
    assert imported.status == 1
    assert "line 4: PROCTCAE_9A_SCL is there twice" in imported.text
    assert "line 5: code, fr and en must all be filled in" in imported.text


def test_other_columns_are_refused() -> None:
    assert "the columns must be code, fr and en" in brought("item;text\n").text
    assert "there is no question" in brought("code,fr,en\n").text


def test_yaml_says_its_own_source_and_licence() -> None:
    yaml = "source: made up\nlicence: made up\nquestions:\n  PROCTCAE_53A_SCL: {fr: Un, en: One}\n"
    assert brought(yaml, "official.yaml").status == 0
    assert "`licence` is missing" in brought(yaml.replace("licence: made up\n", ""), "official.yaml").text
