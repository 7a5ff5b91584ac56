"""The journal: numbered without gaps, all or nothing, read in pages."""

import pytest
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext

from visualizer.labs import journal, opening
from visualizer.labs.errors import TooMuch
from visualizer.labs.journal import Entry, OutOfStep, Tail
from visualizer.models import JournalEntry, Lab

pytestmark = pytest.mark.django_db


def entries(first: int, count: int, size: int = 2) -> list[Entry]:
    return [Entry(seq, seq, "image.tagged", "x" * size) for seq in range(first, first + count)]


@pytest.fixture
def row() -> str:
    return opening.create("someone", "embedded", [], 10)


def test_what_is_appended_is_read_back_in_order(row: str) -> None:
    journal.append(row, entries(1, 3))
    journal.append(row, entries(4, 2))
    assert journal.read(row) == entries(1, 5)
    assert journal.read(row, after=3) == entries(4, 2)
    assert journal.length(row) == 5
    assert Lab.objects.get(pk=row).tape_bytes == 10


@pytest.mark.parametrize("first", [1, 3, 5])
def test_a_second_writer_is_found_out_and_leaves_nothing(row: str, first: int) -> None:
    journal.append(row, entries(1, 3))
    with pytest.raises(OutOfStep):
        journal.append(row, entries(first, 2))
    assert journal.length(row) == 3
    assert len(journal.read(row)) == 3


def test_a_lab_that_was_deleted_takes_nothing(row: str) -> None:
    journal.append(row, entries(1, 3))
    opening.delete(row)
    with pytest.raises(OutOfStep):
        journal.append(row, entries(4, 1))
    assert not JournalEntry.objects.exists()


def test_the_database_itself_refuses_a_number_twice(row: str) -> None:
    journal.append(row, entries(1, 1))
    with pytest.raises(IntegrityError):
        JournalEntry.objects.create(lab_id=row, seq=1, at_ms=0, type="x", body="{}")


def test_the_database_itself_refuses_a_number_below_one(row: str) -> None:
    with pytest.raises(IntegrityError):
        JournalEntry.objects.create(lab_id=row, seq=0, at_ms=0, type="x", body="{}")


def test_the_database_itself_refuses_an_owner_that_is_no_hash() -> None:
    with pytest.raises(IntegrityError):
        Lab.objects.create(owner_hash="me", engine="embedded")


def test_a_page_ends_at_its_events_or_at_its_bytes(row: str) -> None:
    journal.append(row, entries(1, 30, size=journal.PAGE_BYTES // 10))
    assert len(journal.read(row, limit=5)) == 5
    assert len(journal.read(row)) == 11
    assert journal.read(row, after=30) == []


def test_an_event_larger_than_a_page_is_a_page(row: str) -> None:
    journal.append(row, entries(1, 2, size=journal.PAGE_BYTES * 2))
    assert [entry.seq for entry in journal.read(row)] == [1]


def test_a_batch_costs_the_same_queries_whatever_its_length(row: str) -> None:
    def queries(first: int, count: int) -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            journal.append(row, entries(first, count))
        return len(captured)

    assert queries(1, 1) == queries(2, 150)


def test_a_page_costs_one_query(row: str) -> None:
    journal.append(row, entries(1, 100))
    with CaptureQueriesContext(connection) as captured:
        assert len(journal.read(row)) == 100
    assert len(captured) == 1


def test_the_tail_answers_for_what_it_has_and_for_nothing_else() -> None:
    tail = Tail(most_events=3)
    assert tail.after(0) is None
    tail.extend(entries(5, 5))
    assert tail.after(6) == entries(7, 3)
    assert tail.after(9) == []
    assert tail.after(5) is None


def test_the_tail_is_bounded_in_bytes() -> None:
    tail = Tail(most_bytes=100)
    tail.extend(entries(1, 10, size=30))
    assert [entry.seq for entry in tail.after(7) or []] == [8, 9, 10]
    assert tail.after(6) is None


def test_an_owner_has_so_many_labs_and_no_more() -> None:
    for _ in range(3):
        opening.create("someone", "embedded", [], 3)
    with pytest.raises(TooMuch):
        opening.create("someone", "embedded", [], 3)
    assert opening.create("another", "embedded", [], 3)


def test_ids_cannot_be_guessed_and_fit_a_path() -> None:
    ids = {opening.create(f"{n}", "embedded", [], 3) for n in range(50)}
    assert len(ids) == 50
    assert all(len(lab) >= 22 and lab.replace("-", "").replace("_", "").isalnum() for lab in ids)
