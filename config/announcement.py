"""What `make serve` prints once all is up."""

from dataclasses import dataclass


@dataclass
class Announcement:
    """The address and who signs in. The password is known only to the start that makes it, and shown once."""

    url: str
    host: str
    port: int
    email: str = ""
    password: str = ""

    def take(self, line: str) -> bool:
        """Keep a line of the preparation's output that belongs here; tell whether it did."""
        name, _, value = line.partition(" ")
        if name == "E-mail":
            self.email = value.strip()
        elif name == "Password":
            self.password = value.strip()
        return name in {"E-mail", "Password"}

    def lines(self, seconds: float) -> list[str]:
        password = self.password or "as before (a new one: .venv/bin/python manage.py reset_admin_password)"
        self.password = ""
        return [
            "",
            f"  Quire is ready after {seconds:.0f} s:  {self.url}",
            f"  E-mail    {self.email}",
            f"  Password  {password}",
            "  Ctrl-C stops everything.",
            "",
        ]

    def unseen_lines(self) -> list[str]:
        """Where a start failed after the password was made, it would otherwise be lost."""
        password, self.password = self.password, ""
        if not password:
            return []
        return ["Quire: the administrator was made all the same.", f"  E-mail    {self.email}", f"  Password  {password}"]
