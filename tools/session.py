"""A signed-in visitor over plain HTTP, as a browser without JavaScript would be: for benchmarks and starts."""

import http.cookiejar
import json
import secrets
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

    def upload(self, name: str, content: bytes, seconds: float = 60.0) -> None:
        """Add a document and wait until it can be searched."""
        boundary = secrets.token_hex(16)
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\nContent-Type: text/plain\r\n\r\n'
        body = head.encode() + content + f"\r\n--{boundary}--\r\n".encode()
        made = json.loads(self.send("/api/v1/documents", body, f"multipart/form-data; boundary={boundary}"))
        if not wait_for(lambda: json.loads(self.get(f"/api/v1/documents/{made['id']}"))["state"] == "ready", seconds, pause=0.2):
            raise RuntimeError(f"{name} is not ready after {seconds:.0f} s")

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
