"""A signed-in visitor over plain HTTP, as a browser without JavaScript would be: for benchmarks and starts."""

import http.cookiejar
import json
import time
import urllib.parse
import urllib.request
from typing import Any


class Session:
    """Cookies of one visitor. Every method raises urllib.error.HTTPError where the answer is not a good one."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.cookies = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.cookies))

    def sign_in(self, email: str, password: str) -> None:
        self.get("/accounts/login/")
        form = {"login": email, "password": password, "csrfmiddlewaretoken": self.cookie("csrftoken")}
        self.send("/accounts/login/", urllib.parse.urlencode(form).encode(), "application/x-www-form-urlencoded")
        if not self.cookie("sessionid"):
            raise RuntimeError(f"{email} cannot sign in")

    def ask(self, question: str) -> dict[str, Any]:
        """Ask through the API and return the answer, which cites at least one source."""
        body = self.send("/api/v1/query", json.dumps({"question": question}).encode(), "application/json")
        answer: dict[str, Any] = json.loads(body)
        if not answer.get("sources"):
            raise RuntimeError(f"the answer cites nothing: {answer}")
        return answer

    def get(self, path: str) -> bytes:
        with self.opener.open(self.url + path, timeout=60) as answer:
            return bytes(answer.read())

    def send(self, path: str, body: bytes, kind: str) -> bytes:
        headers = {"Content-Type": kind, "X-CSRFToken": self.cookie("csrftoken"), "Referer": self.url + path}
        request = urllib.request.Request(self.url + path, data=body, headers=headers)
        with self.opener.open(request, timeout=90) as answer:
            return bytes(answer.read())

    def cookie(self, name: str) -> str:
        return next((cookie.value or "" for cookie in self.cookies if cookie.name == name), "")


def wait_for(condition: Any, seconds: float, pause: float = 0.05) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(pause)
    return True
