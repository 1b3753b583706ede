from django.core.mail import EmailMessage

from apps.common.mail import PrivateFileBackend


def test_nobody_else_on_the_machine_reads_the_mail(settings, tmp_path):
    folder = tmp_path / "mail"
    folder.mkdir(mode=0o755)
    settings.EMAIL_FILE_PATH = folder
    EmailMessage("Subject", "the key", to=["alice@example.org"], connection=PrivateFileBackend()).send()
    (letter,) = folder.iterdir()
    assert "the key" in letter.read_text()
    assert folder.stat().st_mode & 0o777 == 0o700
