"""A run from its claim to its ending."""

import asyncio
import logging
import threading

import pytest
from asgiref.sync import async_to_sync
from django.db import OperationalError, connection

from apps.chat.models import Citation, Run, RunEvent
from apps.chat.selectors.briefs import get_run_brief
from apps.chat.services import endings, execution
from apps.chat.services.asking import ask_question
from apps.chat.services.execution import UNEXPECTED, execute_run
from apps.chat.services.leases import ATTEMPTS_MAX, Claim, claim_runs
from apps.common.errors import NotFound
from apps.documents.services.documents import purge_document
from apps.gateway.errors import ProviderUnavailable, StreamCut
from tests.chat.conftest import LIMIT, LINUX
from tests.chat.stage import shelve

pytestmark = pytest.mark.django_db(transaction=True)


def events_of(run):
    return list(RunEvent.objects.filter(run=run).order_by("seq").values_list("type", "payload"))


def test_a_run_leaves_text_citations_and_one_terminal_event(answered, shelf):
    citation = Citation.objects.get()
    assert answered.state == "completed"
    assert answered.answer.text == "Quire runs on Linux. [1]"
    assert (citation.number, citation.passage, citation.document, citation.version) == (1, shelf[0], shelf[0].version.document, shelf[0].version)
    assert (citation.page, citation.start, citation.end, citation.support) == (3, 0, 20, "supported")
    assert (answered.lease_until, answered.claimed_by, answered.stage) == (None, "", "")
    assert answered.model
    assert answered.finished_at >= answered.started_at


def test_its_log_tells_the_whole_story_in_order(answered):
    events = events_of(answered)
    assert [kind for kind, _ in events] == [
        "run.started", "stage.changed", "stage.changed", "citation.added", "text.delta", "stage.changed", "run.completed",
    ]  # fmt: skip
    assert events[0][1] == {"attempt": 1}
    assert events[2][1] == {"stage": "reading", "text": "Reading 2 passages from 1 document"}
    assert events[3][1] == {"number": 1, "title": "Handbook", "place": "page 3"}
    assert events[-1][1] == {"message": str(answered.answer_id)}
    assert list(RunEvent.objects.order_by("seq").values_list("seq", flat=True)) == [1_000_001 + n for n in range(7)]


def test_a_finished_block_arrives_as_the_html_it_will_have(run, stage, shelf, carry_out):
    stage.answers = [["**Quire** runs on Linux. [1]\n\n", "And so on."]]
    carry_out()
    (block,) = [payload for kind, payload in events_of(run) if kind == "block.rendered"]
    assert "<strong>Quire</strong>" in block["html"]
    assert f"passage={shelf[0].pk}" in block["html"]
    assert block["tail"] == "And so on."


def test_it_searches_as_the_asker(answered, stage, alice):
    (reader,) = stage.readers
    assert reader.user == alice
    assert stage.questions == ["Where does Quire run?"]


def test_earlier_exchanges_go_along(answered, alice_reader):
    ask_question(alice_reader, text="Unanswered?", conversation_id=answered.conversation_id)
    last = ask_question(alice_reader, text="And Windows?", conversation_id=answered.conversation_id)
    assert get_run_brief(last.pk).history == (("Where does Quire run?", "Quire runs on Linux. [1]"),)


def test_what_postgres_cannot_keep_is_left_out_of_an_answer(run, stage, shelf, carry_out):
    stage.answers = [["Li\x00nux \ud800. [1]"]]
    carry_out()
    run.answer.refresh_from_db()
    assert run.answer.text == "Linux \ufffd. [1]"


def test_a_document_deleted_meanwhile_leaves_a_citation_that_points_at_nothing(run, stage, alice_reader, carry_out, monkeypatch):
    passages = shelve(alice_reader, LINUX)
    original = stage.search

    async def search_and_delete(reader, query, *, limit=8, filters=None, joins=True):
        from apps.common.db import run_db

        hits = await original(reader, query, limit=limit)
        await run_db(passages[0].version.document.delete)
        return hits

    stage.passages = passages
    stage.answers = [["Quire runs on Linux. [1]"]]
    monkeypatch.setattr("apps.chat.tools.search.search", search_and_delete)
    carry_out()
    citation = Citation.objects.get()
    assert (citation.passage, citation.document, citation.number) == (None, None, 1)


def test_a_document_is_not_deleted_between_the_look_for_it_and_the_citation(run, stage, shelf, carry_out, monkeypatch):
    """Else the ending fails on the citation's foreign key, and the answer is written a second time."""
    refused = []
    make = endings._citation

    def delete_meanwhile(*arguments, **options):
        other = threading.Thread(target=lambda: refused.append(_is_refused(shelf[0].version.document)))
        other.start()
        other.join()
        return make(*arguments, **options)

    monkeypatch.setattr(endings, "_citation", delete_meanwhile)
    stage.answers = [["Quire runs on Linux. [1]"]]
    carry_out()
    run.refresh_from_db()
    assert run.state == "completed"
    assert refused == [True]
    assert Citation.objects.get().passage == shelf[0]


def _is_refused(document):
    try:
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '100ms'")
        purge_document(document)
    except OperationalError:
        return True
    finally:
        connection.close()
    return False


def test_a_provider_error_is_told_in_its_own_words(run, stage, shelf, carry_out):
    stage.answers = [[ProviderUnavailable("The model does not answer.")]]
    carry_out()
    run.refresh_from_db()
    assert (run.state, run.error_code, run.error_detail) == ("failed", "provider_unavailable", "The model does not answer.")
    assert events_of(run)[-1] == ("run.failed", {"message": str(run.answer_id), "code": "provider_unavailable", "detail": "The model does not answer."})


def test_an_error_without_words_has_its_title(run, stage, shelf, carry_out):
    stage.answers = [[ProviderUnavailable()]]
    carry_out()
    run.refresh_from_db()
    assert run.error_detail == "The model cannot be reached"


def test_what_nobody_expected_is_logged_and_never_shown(run, stage, shelf, carry_out, caplog):
    stage.answers = [[RuntimeError("secret inside")]]
    with caplog.at_level(logging.ERROR):
        carry_out()
    run.refresh_from_db()
    assert (run.state, run.error_code, run.error_detail) == ("failed", "internal", UNEXPECTED)
    assert "run.crashed" in caplog.text


def test_a_run_has_its_time(run, stage, shelf, carry_out, settings):
    from tests.chat.stage import Silence

    settings.QUIRE_RUN_SECONDS = 1.5
    stage.answers = [["Quire", Silence()]]
    carry_out()
    run.refresh_from_db()
    assert (run.state, run.error_code) == ("failed", "run_timed_out")
    assert stage.closed_count == 1


def test_who_left_the_workspace_gets_no_answer(run, acme, alice, stage, shelf, carry_out):
    acme.memberships.filter(user=alice).delete()
    carry_out()
    run.refresh_from_db()
    assert (run.state, run.error_code) == ("failed", "not_found")
    assert stage.readers == []


def test_a_run_that_is_gone_is_no_crash(run, stage, caplog):
    (claim,) = claim_runs("a", 1)
    Run.objects.get(pk=run.pk).conversation.delete()
    with caplog.at_level(logging.INFO):
        async_to_sync(execute_run)(claim, asyncio.Event())
    assert "run.lost" in caplog.messages
    assert "run.crashed" not in caplog.messages
    with pytest.raises(NotFound):
        get_run_brief(run.pk)


def test_a_run_lost_to_another_process_writes_nothing_more(run, stage, shelf, caplog):
    claim_runs("a", 1)
    Run.objects.update(attempt=2)
    stage.answers = [["Quire runs on Linux. [1]"]]
    async_to_sync(execute_run)(Claim(run.pk, 1), asyncio.Event())
    run.refresh_from_db()
    assert (run.state, run.attempt) == ("running", 2)
    assert not RunEvent.objects.exists()


def test_a_second_attempt_replaces_what_the_first_one_wrote(run, stage, shelf, carry_out):
    claim_runs("killed", 1)
    Run.objects.update(lease_until="2020-01-01T00:00:00Z")
    stage.answers = [["It needs Python. [1]"]]
    carry_out()
    run.refresh_from_db()
    assert (run.state, run.attempt, run.answer.text) == ("completed", 2, "It needs Python. [1]")
    assert events_of(run)[0] == ("run.started", {"attempt": 2})


def test_a_database_that_goes_away_is_no_answer(run, stage, shelf, monkeypatch):
    def gone(run_id):
        raise OperationalError

    monkeypatch.setattr(execution, "get_run_brief", gone)
    (claim,) = claim_runs("a", 1)
    with pytest.raises(OperationalError):
        async_to_sync(execute_run)(claim, asyncio.Event())
    run.refresh_from_db()
    assert run.state == "running"


def test_nothing_of_the_talk_is_in_the_log(run, stage, shelf, carry_out, caplog):
    stage.answers = [["Quire runs on Linux. [1]"]]
    with caplog.at_level(logging.DEBUG, logger="apps"):
        carry_out()
    assert "run.ended" in caplog.text
    assert LINUX not in str([record.__dict__ for record in caplog.records])
    assert LIMIT not in caplog.text


def test_an_answer_that_breaks_off_is_begun_anew_and_nothing_is_spliced(run, stage, shelf, carry_out):
    stage.answers = [["Quire runs on Win", StreamCut()], ["Quire runs on Linux. [1]"]]
    carry_out()
    run.refresh_from_db()
    assert (run.state, run.attempt, run.lease_until) == ("accepted", 1, None)
    carry_out()
    run.refresh_from_db()
    assert (run.state, run.attempt) == ("completed", 2)
    assert run.answer.text == "Quire runs on Linux. [1]"
    started = [payload for kind, payload in events_of(run) if kind == "run.started"]
    assert started == [{"attempt": 1}, {"attempt": 2}]
    assert [kind for kind, _ in events_of(run)][-1] == "run.completed"


def test_an_answer_that_breaks_off_again_and_again_fails_in_words(run, stage, shelf, carry_out):
    stage.answers = [["Quire runs on", StreamCut("It broke off. Try again.")] for _ in range(ATTEMPTS_MAX)]
    for _ in range(ATTEMPTS_MAX):
        carry_out()
    run.refresh_from_db()
    assert (run.state, run.attempt, run.error_code, run.error_detail) == ("failed", ATTEMPTS_MAX, "stream_cut", "It broke off. Try again.")
