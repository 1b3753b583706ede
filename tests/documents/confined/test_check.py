import pytest

from apps.documents import checks
from apps.documents.ingest.confined import landlock, seccomp


@pytest.mark.parametrize(
    ("has_seccomp", "has_landlock", "ids"),
    [(True, 7, []), (True, 1, []), (False, 7, ["documents.W002"]), (True, 0, ["documents.W003"]), (False, 0, ["documents.W002", "documents.W003"])],
)
def test_an_operator_is_told_what_the_kernel_lacks(monkeypatch, has_seccomp, has_landlock, ids):
    monkeypatch.setattr(seccomp, "is_there", lambda: has_seccomp)
    monkeypatch.setattr(landlock, "version", lambda: has_landlock)
    found = checks.check_confinement()
    assert [message.id for message in found] == ids
    assert all(message.hint and not message.is_serious() for message in found)
