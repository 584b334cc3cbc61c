"""A real browser for acceptance tests: Debian's chromium, driven through its own debugging protocol."""

import base64
import json
import re
import shutil
import subprocess
import time
import urllib.request
from contextlib import contextmanager

FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--hide-scrollbars",
    "--window-size=1500,1000", "--remote-debugging-port=0", "--remote-allow-origins=*",
]  # fmt: skip


def install() -> str:
    """The path of chromium, installed from Debian's packages if it is not there."""
    if shutil.which("chromium") is None:
        subprocess.run(["apt-get", "update", "-qq"], check=True)
        subprocess.run(["apt-get", "install", "-y", "-qq", "chromium"], check=True, capture_output=True)
    return shutil.which("chromium")


class Page:
    """One open page."""

    def __init__(self, socket):
        self._socket, self._number = socket, 0

    def call(self, method, **parameters):
        self._number += 1
        self._socket.send(json.dumps({"id": self._number, "method": method, "params": parameters}))
        while True:
            answer = json.loads(self._socket.recv(timeout=60))
            if answer.get("id") == self._number:
                return answer.get("result", {})

    def open(self, url):
        self.call("Page.navigate", url=url)

    def text(self):
        found = self.call("Runtime.evaluate", expression="document.body ? document.body.innerText : ''")
        return found["result"].get("value", "")

    def wait_for(self, *words, seconds=60):
        until = time.monotonic() + seconds
        while not all(word in self.text() for word in words):
            assert time.monotonic() < until, f"{words} not on the page:\n{self.text()[:2000]}"
            time.sleep(0.5)

    def fill(self, selector, value):
        """Type into a field the way its framework notices."""
        self.call("Runtime.evaluate", expression=(
            f"(() => {{const field = document.querySelector({selector!r});"
            "Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set.call(field, " + json.dumps(value) + ");"
            "field.dispatchEvent(new Event('input', {bubbles: true}));})()"))  # fmt: skip

    def click(self, selector):
        self.call("Runtime.evaluate", expression=f"document.querySelector({selector!r}).click()")

    def picture(self, path):
        path.write_bytes(base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"]))


@contextmanager
def page(profile):
    """An empty page in a browser of its own."""
    from websockets.sync.client import connect

    browser = subprocess.Popen(
        [install(), *FLAGS, f"--user-data-dir={profile}", "about:blank"], stderr=subprocess.PIPE, text=True
    )
    try:
        port = next(
            found.group(1)
            for line in browser.stderr
            if (found := re.search(r"127\.0\.0\.1:(\d+)/devtools", line))
        )
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/json") as answer:
            target = next(t for t in json.load(answer) if t["type"] == "page")
        with connect(target["webSocketDebuggerUrl"], max_size=None) as socket:
            yield Page(socket)
    finally:
        browser.terminate()
        browser.wait(timeout=20)
