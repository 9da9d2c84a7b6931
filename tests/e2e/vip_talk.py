"""usage: vip_talk.py ADDRESS: connections that the test leads: one order a line on standard input, one line of answer each.

open NAME       connect
send NAME PATH  ask, without waiting for the answer
read NAME       what came: "200 keep" or "200 close" and the body's length; "reset", "end" or "timeout" where none did
begin NAME      connect, and send half a request
rest NAME       the other half of it
"""
import socket
import sys

ADDRESS = sys.argv[1]
TIMEOUT = 10.0
connections = {}


def connect(name):
    connections[name] = socket.create_connection((ADDRESS, 80), timeout=TIMEOUT)
    return "connected"


def request(path):
    return f"GET {path} HTTP/1.1\r\nHost: shop\r\n\r\n".encode()


def read(name):
    try:
        got = b""
        while b"\r\n\r\n" not in got:
            piece = connections[name].recv(65536)
            if not piece:
                return "end"
            got += piece
        head, body = got.split(b"\r\n\r\n", 1)
        fields = head.lower()
        length, size = int(fields.split(b"content-length:")[1].split(b"\r\n")[0]), len(body)
        while size < length:
            piece = connections[name].recv(65536)
            if not piece:
                return f"end after {size} of {length}"
            size += len(piece)
        keep = "close" if b"connection: close" in fields else "keep"
        return f"{head.split()[1].decode()} {keep} {size}"
    except ConnectionResetError:
        return "reset"
    except TimeoutError:
        return "timeout"


def obey(order, name, path=None):
    if order == "open":
        return connect(name)
    if order == "send":
        connections[name].sendall(request(path))
        return "sent"
    if order == "begin":
        connect(name)
        connections[name].sendall(request("/")[:20])
        return "begun"
    if order == "rest":
        connections[name].sendall(request("/")[20:])
        return "sent"
    return read(name)


for line in sys.stdin:
    try:
        print(obey(*line.split()), flush=True)
    except OSError as error:
        print(f"{type(error).__name__}: {error}", flush=True)
