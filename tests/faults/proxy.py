"""A connection to the warehouse that can be cut: passes bytes on until a test says stop, then resets both ends."""

import select
import socket
import struct
import threading
from dataclasses import dataclass

RESET = struct.pack("ii", 1, 0)  # close() sends RST instead of saying goodbye


@dataclass
class Cut:
    """Resets the connection that sends `what` after it has sent `after`, once.

    is_let_through: the bytes still arrive and are answered; only the answer is lost.
    """

    what: bytes
    after: bytes = b""
    is_let_through: bool = False
    is_done: bool = False

    def strikes(self, seen: bytes, data: bytes) -> bool:
        if self.is_done or self.after not in seen or self.what not in data:
            return False
        self.is_done = True
        return True


@dataclass
class Proxy:
    """Listens on a port of its own for as long as its `with`. sent: what clients have sent, all connections together."""

    port_behind: int
    cut: Cut | None = None
    sent: bytes = b""
    connections: int = 0

    def __enter__(self):
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._listener.close()

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
                server = socket.create_connection(("127.0.0.1", self.port_behind))
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._pass_on, args=(client, server), daemon=True).start()

    def _pass_on(self, client, server):
        """Both ways in one thread, so that nobody else reads what is closed."""
        seen = b""
        with client, server:
            while True:
                for one in select.select([client, server], [], [])[0]:
                    data = _read(one)
                    if not data:
                        return
                    if one is server:
                        client.sendall(data)
                        continue
                    self.sent += data
                    if self.cut and self.cut.strikes(seen, data):
                        if self.cut.is_let_through:
                            server.sendall(data)
                            _read(server)
                        for each in (client, server):
                            each.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                        return
                    seen += data
                    server.sendall(data)


def _read(one):
    try:
        return one.recv(1 << 16)
    except OSError:
        return b""
