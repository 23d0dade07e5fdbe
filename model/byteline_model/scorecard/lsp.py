"""JSON-RPC over a process's standard input and output, as LSP frames it (LSP 3.18, base protocol); one request at a
time."""

import json
import subprocess
import time
from collections.abc import Callable
from itertools import count
from typing import Any


class Failed(RuntimeError):
    """The server answered with an error, or is gone."""


class Connection:
    """Starts `command` and speaks to it; every call raises Failed where the process is gone."""

    def __init__(self, command: list[str], env: dict[str, str]):
        self.command, self.ids = command, count(1)
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=env)
        assert self.process.stdin and self.process.stdout  # both are pipes
        self.stdin, self.stdout = self.process.stdin, self.process.stdout

    def _send(self, message: dict) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        try:
            self.stdin.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
            self.stdin.flush()
        except BrokenPipeError:
            raise Failed(f"{' '.join(self.command)}: the process ended") from None

    def _read(self) -> dict:
        length = 0
        while (line := self.stdout.readline()) != b"\r\n":
            if not line:
                raise Failed(f"{' '.join(self.command)}: the process ended with status {self.process.wait()}")
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        return json.loads(self.stdout.read(length))

    def notify(self, method: str, params: Any) -> None:
        """Sends without an answer."""
        self._send({"method": method, "params": params})

    def request(
        self, method: str, params: Any, on_notification: Callable[[str, Any], None] = lambda method, params: None
    ) -> tuple[Any, float]:
        """(result, milliseconds). Notifications that arrive meanwhile go to `on_notification`. Raises Failed."""
        number, began = next(self.ids), time.perf_counter()
        self._send({"id": number, "method": method, "params": params})
        while True:
            message = self._read()
            if "method" in message:
                self._incoming(message, on_notification)
            elif message.get("id") == number:
                if "error" in message:
                    raise Failed(f"{method}: {message['error']['message']}")
                return message["result"], (time.perf_counter() - began) * 1000

    def wait_for(self, method: str, wanted: Callable[[Any], bool]) -> Any:
        """Reads until a notification whose parameters are `wanted`; returns them."""
        while True:
            message = self._read()
            if message.get("method") == method and wanted(message["params"]):
                return message["params"]
            self._incoming(message, lambda method, params: None)

    def _incoming(self, message: dict, on_notification: Callable[[str, Any], None]) -> None:
        if "id" in message:  # a request of the server's: we have nothing to say
            self._send({"id": message["id"], "result": None})
        elif "method" in message:
            on_notification(message["method"], message.get("params"))

    def close(self) -> None:
        """Shuts the server down, by force after ten seconds."""
        try:
            self.request("shutdown", None)
            self.notify("exit", None)
            self.process.wait(timeout=10)
        except (Failed, subprocess.TimeoutExpired):
            self.process.kill()
            self.process.wait()
        self.stdin.close()
        self.stdout.close()
