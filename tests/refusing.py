"""A door in front of a server on loopback that can be shut: connections are refused in the middle of whatever goes on."""

import socket
import threading
from contextlib import contextmanager, suppress


class Door:
    """Passes everything on to ``port`` while it is open."""

    def __init__(self, port):
        self.port, self.open, self.refused = port, True, 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.here = self.listener.getsockname()[1]
        self.through = set()
        threading.Thread(target=self._listen, daemon=True).start()

    def shut(self):
        """Refuse what comes, and break what is going on."""
        self.open = False
        for sock in list(self.through):
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)

    def _listen(self):
        with suppress(OSError):
            while True:
                visitor, _ = self.listener.accept()
                if self.open:
                    server = socket.create_connection(("127.0.0.1", self.port))
                    self.through |= {visitor, server}
                    for pair in ((visitor, server), (server, visitor)):
                        threading.Thread(target=self._pass_on, args=pair, daemon=True).start()
                else:
                    self.refused += 1
                    visitor.close()

    def _pass_on(self, source, target):
        with suppress(OSError):
            while piece := source.recv(65536):
                target.sendall(piece)
        for sock in (source, target):
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        self.through.discard(source)
        source.close()


@contextmanager
def door(port):
    """A ``Door`` before the server at ``port``."""
    made = Door(port)
    try:
        yield made
    finally:
        made.shut()
        made.listener.close()
