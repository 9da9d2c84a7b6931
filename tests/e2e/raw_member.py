"""A member that says on the wire exactly what a test wants, and remembers what it was asked.

    member = RawMember(lambda connection: connection.answer(b"HTTP/1.1 204 No Content\\r\\n\\r\\n"))

`script` is called for each request, with the connection, whose `request` holds it. A script that returns False ends the
connection. Exceptions of the socket end it, too: the other side has gone, which tests do on purpose.
"""
import socket
import struct
import threading


class Request:
    def __init__(self, head):
        lines = head.decode("latin-1").split("\r\n")
        self.line = lines[0]
        self.method, self.target = self.line.split(" ")[:2]
        self.fields = [tuple(line.split(": ", 1)) for line in lines[1:] if line]
        self.body = b""

    def all(self, name):
        return [value for key, value in self.fields if key.lower() == name.lower()]

    def field(self, name):
        found = self.all(name)
        return found[0] if found else None


class Connection:
    def __init__(self, member, sock):
        self.member, self.socket, self.reader = member, sock, sock.makefile("rb")
        self.request = None
        self.requests_here = 0

    def read_head(self):
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            line = self.reader.readline(65536)
            if not line:
                return False
            head += line
        self.request = Request(head[:-4])
        self.requests_here += 1
        with self.member.lock:
            self.member.requests.append(self.request)
        return True

    def read_body(self):
        request = self.request
        if request.field("Transfer-Encoding") == "chunked":
            while size := int(self.reader.readline(), 16):
                request.body += self.reader.read(size)
                self.reader.readline()
            self.reader.readline()
        elif request.field("Content-Length"):
            request.body = self.reader.read(int(request.field("Content-Length")))
        return request.body

    def answer(self, *pieces):
        """Sends, each piece in a segment of its own."""
        for piece in pieces:
            self.socket.sendall(piece)
        return True

    def ok(self, body=b"ok", *, fields=b""):
        return self.answer(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n%s\r\n%s" % (len(body), fields, body))

    def reset(self):
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return False


class RawMember:
    def __init__(self, script, *, read_bodies=True):
        self.script, self.read_bodies = script, read_bodies
        self.lock = threading.Lock()
        self.requests, self.connections, self._open = [], 0, set()
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port = self.listener.getsockname()[1]
        self.accepting = threading.Thread(target=self._accept, daemon=True)
        self.accepting.start()

    def _accept(self):
        while True:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self.lock:
                self._open.add(sock)
            threading.Thread(target=self._serve, args=(sock,), daemon=True).start()

    def _serve(self, sock):
        connection = Connection(self, sock)
        counted = False
        try:
            while connection.read_head():
                if not counted:
                    counted = True
                    with self.lock:
                        self.connections += 1  # those of the checks, which only connect, do not count
                if self.read_bodies:
                    connection.read_body()
                if self.script(connection) is False:
                    break
        except (OSError, ValueError):
            pass
        finally:
            connection.reader.close()
            sock.close()
            with self.lock:
                self._open.discard(sock)

    def open_connections(self):
        with self.lock:
            return len(self._open)

    def end(self):
        # Closing alone would leave a thread in accept(): on a number that is soon another socket's.
        try:
            self.listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # ended before
        self.accepting.join()
        self.listener.close()
        with self.lock:
            for sock in self._open:
                try:
                    sock.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass


def proxy_config(port, members, *, pool="", site="", extra=""):
    """Tables of one line each; members are anything with a port."""
    listed = ", ".join(f'"127.0.0.1:{member.port}"' for member in members)
    return f"""name = "raw"
[site.all]
listen = ["127.0.0.1:{port}"]
route = {{ "/" = {{ pool = "app" }} }}
{site}
[pool.app]
members = [{listed}]
{pool}
[worker]
loops = 1
{extra}"""


class Client:
    """One connection, read as the tests need it."""

    def __init__(self, port, timeout=10):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.reader = self.socket.makefile("rb")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.reader.close()
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def head(self):
        """(status line, fields in lower case); None at the end of the connection."""
        line = self.reader.readline()
        if not line:
            return None
        fields = []
        while (field := self.reader.readline()) not in (b"\r\n", b""):
            name, value = field.decode("latin-1").rstrip("\r\n").split(": ", 1)
            fields.append((name.lower(), value))
        return line.decode("latin-1").strip(), dict(fields), fields

    def chunked(self):
        """(body, what follows the last chunk's line up to the empty line)."""
        body = b""
        while size := int(self.reader.readline().split(b";")[0], 16):
            body += self.reader.read(size)
            assert self.reader.readline() == b"\r\n"
        trailers = b""
        while (line := self.reader.readline()) not in (b"\r\n", b""):
            trailers += line
        return body, trailers

    def answer(self, method="GET"):
        """(status, fields, body) of a whole answer."""
        line, fields, _ = self.head()
        status = int(line.split(" ")[1])
        if method == "HEAD" or status < 200 or status in (204, 304):
            return status, fields, b""
        if fields.get("transfer-encoding") == "chunked":
            return status, fields, self.chunked()[0]
        if "content-length" in fields:
            return status, fields, self.reader.read(int(fields["content-length"]))
        return status, fields, self.reader.read()

    def ended(self):
        """The other side has closed, with nothing more to read."""
        try:
            return self.reader.read(1) == b""
        except ConnectionResetError:
            return True
