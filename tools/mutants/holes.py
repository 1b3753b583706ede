"""Holes that products like this one had, each as the one change that would bring it back, and the tests that then turn red.

`old` stands exactly once in its file; where the code moved on, the script says so and fails. Add yours at the end.
"""

from dataclasses import dataclass

_MATRIX = "tests/rights/test_matrix.py::test_what_comes_of_each_call_is_in_the_table[{}]"


@dataclass(frozen=True)
class Mutant:
    name: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]


HOLES = (
    Mutant(
        "id alone in a view",
        "apps/documents/selectors.py",
        'documents = Document.objects.visible_to(reader).select_related("owner", "collection", "current_version")',
        'documents = Document.objects.select_related("owner", "collection", "current_version")',
        (_MATRIX.format("documents"),),
    ),
    Mutant(
        "preview without rights",
        "apps/documents/listing.py",
        "return select_documents(reader).filter(pk__in=ids)",
        "return Document.objects.all().with_latest_job().with_row_facts(reader).filter(pk__in=ids)",
        (_MATRIX.format("documents"),),
    ),
    Mutant(
        "several at once by their ids alone",
        "apps/documents/views/actions.py",
        "documents = list(select_rows(reader, ids))",
        "documents = list(Document.objects.filter(pk__in=ids))",
        (_MATRIX.format("documents"),),
    ),
    Mutant(
        "number of documents that tells of hidden ones",
        "apps/documents/listing.py",
        "documents = _within(Document.objects.visible_to(reader), wanted).order_by()",
        "documents = _within(Document.objects.all(), wanted).order_by()",
        ("tests/documents/test_library_listing.py::test_nothing_that_is_hidden_is_found_or_counted",),
    ),
    Mutant(
        "page that does not ask for its permission",
        "apps/accounts/access.py",
        "            reader.require(action)\n",
        "",
        (_MATRIX.format("documents"),),
    ),
    Mutant(
        "socket checked only at the start",
        "apps/chat/follower.py",
        "            self._reader = self._confirm(self._reader)\n",
        "            pass\n",
        ("tests/chat/test_socket_rights.py::test_an_event_after_the_change_is_never_sent",),
    ),
    Mutant(
        "cache key without scope",
        "apps/accounts/cache.py",
        "        None if reader.scopes is None else sorted(reader.scopes),\n",
        "",
        ("tests/accounts/test_cache.py",),
    ),
    Mutant(
        "cache key without the person's groups",
        "apps/accounts/cache.py",
        "        sorted(str(group) for group in reader.groups),\n",
        "",
        ("tests/accounts/test_cache.py",),
    ),
    Mutant(
        "form that accepts the id of a collection one only sees",
        "apps/documents/selectors.py",
        "return _one(Collection.objects.all().writable_by(reader), collection_id)",
        "return _one(Collection.objects.all(), collection_id)",
        (_MATRIX.format("documents"),),
    ),
    Mutant(
        "serializer that accepts the id of somebody else's conversation",
        "apps/chat/selectors/conversations.py",
        "conversation = Conversation.objects.visible_to(reader).filter(pk=conversation_id).first()",
        "conversation = Conversation.objects.filter(pk=conversation_id).first()",
        (_MATRIX.format("api"),),
    ),
    Mutant(
        "filter that tells of a hidden collection",
        "apps/documents/views/listed.py",
        "collection=get_collection(reader, chosen) if chosen else None,",
        "collection=__import__('apps.documents.models', fromlist=['Collection']).Collection.objects.filter(pk=chosen).first() if chosen else None,",
        (_MATRIX.format("documents"),),
    ),
    Mutant(
        "filter of the administration that reaches any field",
        "apps/administration/admin/base.py",
        "        return lookup in self._own_lookups(request)\n",
        "        return True\n",
        ("tests/administration/test_hidden_documents.py",),
    ),
    Mutant(
        "key compared by prefix",
        "apps/accounts/selectors/keys.py",
        "hmac.compare_digest(key.digest if key else _NOBODYS, parsed.digest)",
        "hmac.compare_digest((key.digest if key else _NOBODYS)[:16], parsed.digest[:16])",
        ("tests/rights/test_keys_whole.py",),
    ),
    Mutant(
        "revoked key accepted",
        "apps/accounts/querysets.py",
        "revoked_at__isnull=True, ",
        "",
        ("tests/accounts/test_key_authentication.py::test_a_key_that_has_ended_is_refused_like_noise", "tests/accounts/test_epochs.py"),
    ),
    Mutant(
        "epoch ignored",
        "apps/accounts/selectors/readers.py",
        "    if get_epoch(reader.membership_id) == reader.epoch:\n",
        "    if get_epoch(reader.membership_id) is not None:\n",
        ("tests/accounts/test_epochs.py",),
    ),
    Mutant(
        "admin autocomplete and lists without reader",
        "apps/administration/admin/base.py",
        "scoped: QuerySet[Any] = rows.visible_to_operator(get_operator(request.user))",
        "scoped: QuerySet[Any] = rows",
        ("tests/administration/test_hidden_documents.py",),
    ),
    Mutant(
        "tool run as the service",
        "apps/chat/tools/base.py",
        "            if not reader.can(self.permission):\n",
        "            if False:\n",
        ("tests/chat/test_tools.py",),
    ),
    Mutant(
        "every tool offered to everybody",
        "apps/chat/tools/box.py",
        "if isinstance(tool, ModelTool) and reader.can(tool.permission)",
        "if isinstance(tool, ModelTool)",
        ("tests/chat/tools/test_box.py",),
    ),
    Mutant(
        "a tool reads a document by a title that is hidden",
        "apps/chat/tools/read_document.py",
        "bounded = narrow(Document.objects.visible_to(reader), reader, within)",
        "bounded = narrow(Document.objects.all(), reader, within)",
        ("tests/chat/tools/test_reading.py",),
    ),
    Mutant(
        "what a tool found is held by nobody",
        "apps/chat/tools/box.py",
        "        await self._asker.hold(result.passages, result.documents)\n",
        "",
        ("tests/chat/tools/test_box.py",),
    ),
    Mutant(
        "search among what the workspace has",
        "apps/documents/search/scope.py",
        "narrow(Document.objects.visible_to(reader).filter(current_version__isnull=False), reader, filters)",
        "narrow(Document.objects.filter(collection__workspace=reader.workspace, current_version__isnull=False), reader, filters)",
        ("tests/documents/search/test_rights_in_search.py", "tests/rights/test_matrix_sockets.py::test_what_comes_of_each_call_of_a_tool_is_in_the_table"),
    ),
    Mutant(
        "words counted among what is hidden",
        "apps/documents/search/candidates.py",
        "held.analyser = %s AND {sees}\n        )",
        "held.analyser = %s AND (TRUE OR {sees})\n        )",
        ("tests/documents/search/test_rights_in_search.py",),
    ),
    Mutant(
        "search that counts a word common in what is hidden",
        "apps/documents/search/candidates.py",
        "_EVERYWHERE = 20_000",
        "_EVERYWHERE = 100",
        ("tests/documents/search/test_holding.py",),
    ),
    Mutant(
        "search narrowed by a collection that is not seen",
        "apps/documents/search/scope.py",
        "named = Collection.objects.visible_to(reader)",
        "named = Collection.objects.filter(workspace=reader.workspace)",
        ("tests/documents/search/test_rights_in_search.py",),
    ),
    Mutant(
        "citation of a passage that is not seen",
        "apps/documents/querysets.py",
        'return self.filter(visible_documents("version__document__", reader), workspace=reader.workspace)',
        "return self.filter(workspace=reader.workspace)",
        ("tests/chat/test_sources.py", "tests/chat/test_rights_of_runs.py"),
    ),
    Mutant(
        "idempotency record keyed without the person",
        "apps/accounts/services/idempotency.py",
        "    found = IdempotencyRecord.objects.filter(key=key, **_caller(reader)).first()\n    if found is None:\n        # Freed",
        "    found = IdempotencyRecord.objects.filter(key=key).order_by('created_at').first()\n    if found is None:\n        # Freed",
        ("tests/accounts/test_idempotency.py::test_each_caller_has_keys_of_their_own",),
    ),
    Mutant(
        "last-owner rule gone",
        "apps/accounts/services/people.py",
        "    if not others.exists():\n",
        "    if False:\n",
        ("tests/accounts/test_people.py::test_the_last_owner_stays_one",),
    ),
    Mutant(
        "grant of another workspace",
        "apps/documents/migrations/0003_epochs.py",
        "        RAISE EXCEPTION 'the grant names somebody of another workspace' USING ERRCODE = 'check_violation';\n",
        "        NULL;\n",
        ("tests/documents/test_rights.py::test_nothing_is_opened_to_another_workspace",),
    ),
    Mutant(
        "restricted as open as internal",
        "apps/documents/rights.py",
        '        | Q(**{f"{prefix}access": "internal", f"{prefix}collection__in": readable})\n',
        '        | Q(**{f"{prefix}access__in": ["internal", "restricted"], f"{prefix}collection__in": readable})\n',
        ("tests/documents/test_rights.py", "tests/rights/test_stateful.py"),
    ),
    Mutant(
        "attachment as open as its message once was",
        "apps/documents/services/sharing.py",
        "            Document.objects.filter(pk__in=family).update(access=access)\n",
        "            Document.objects.filter(pk=locked.pk).update(access=access)\n",
        ("tests/documents/test_attachments.py",),
    ),
    Mutant(
        "tags put on whatever one reads",
        "apps/documents/services/tagging.py",
        "    with locked_document(reader, document) as locked:\n",
        "    from contextlib import nullcontext\n\n    with nullcontext(document) as locked:\n",
        (_MATRIX.format("documents"), "tests/documents/test_tagging.py::test_a_teammate_sees_the_tags_and_may_not_change_them"),
    ),
    Mutant(
        "attachment that goes on naming whom its message no longer names",
        "apps/documents/services/sharing.py",
        "        count, _ = DocumentGrant.objects.filter(document__in=family, **subject).delete()\n",
        "        count, _ = DocumentGrant.objects.filter(document=locked, **subject).delete()\n",
        ("tests/documents/test_attachments.py",),
    ),
    Mutant(
        "model of one workspace for all",
        "apps/gateway/targets.py",
        "return self.workspaces is None or workspace_id in self.workspaces",
        "return True",
        ("tests/gateway/openai_api/test_failures.py::test_a_model_that_is_not_for_this_workspace_looks_the_same",),
    ),
    Mutant(
        "kept answers that one person is given of another",
        "apps/gateway/caching/scopes.py",
        "place = (str(reader.workspace.pk), str(reader.user.pk), reader.role, reader.epoch)",
        'place = (str(reader.workspace.pk), "", reader.role, reader.epoch)',
        ("tests/gateway/caching/test_scopes.py",),
    ),
    Mutant(
        "key that calls models without the right",
        "apps/gateway/openai_api/door.py",
        "            reader.require(action)\n",
        "",
        (_MATRIX.format("openai"),),
    ),
    Mutant(
        "usage of everybody",
        "apps/gateway/querysets.py",
        "return self.filter(user_id=reader.user.pk, workspace_id=reader.workspace.pk)",
        "return self.all()",
        ("tests/gateway/test_usage_page.py",),
    ),
    Mutant(
        "collection that is not open to the asker, as a model",
        "apps/documents/selectors.py",
        'return list(Collection.objects.all().readable_by(reader)) if reader.can("document.view") else []',
        "return list(Collection.objects.filter(workspace=reader.workspace))",
        ("tests/chat/openai_api/test_library_models.py",),
    ),
    Mutant(
        "collection that is gone turns into no limit",
        "apps/chat/services/execution.py",
        'search=asker.searching(TOOLS["search"].make(asker.who, within)),',
        'search=asker.searching(TOOLS["search"].make(asker.who)),',
        ("tests/chat/test_collection_scope.py",),
    ),
    Mutant(
        "stream that outlives the rights it was opened with",
        "apps/chat/feed.py",
        "done, _ = await asyncio.wait({following, minding}, return_when=asyncio.FIRST_COMPLETED)",
        "done, _ = await asyncio.wait({following}, return_when=asyncio.FIRST_COMPLETED)",
        ("tests/chat/test_run_stream.py",),
    ),
    Mutant(
        "how an answer was made, by the run's id alone",
        "apps/chat/selectors/dossiers.py",
        "    run = get_run(reader, run_id)\n",
        "    run = Run.objects.get(pk=run_id)\n",
        ("tests/chat/test_dossier.py",),
    ),
    Mutant(
        "calls of a run, whoever made them",
        "apps/gateway/selectors/run_calls.py",
        "QueryLog.objects.visible_to(reader).filter(run_id=run_id)",
        "QueryLog.objects.filter(run_id=run_id)",
        ("tests/chat/test_dossier.py::test_calls_of_somebody_else_or_of_another_run_are_not_told",),
    ),
)
