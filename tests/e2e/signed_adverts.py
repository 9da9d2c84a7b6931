"""Signed adverts made and checked by other means than Stead's: Python's hmac, and raw sockets of a host of its own.

usage: signed_adverts.py send ADDRESS HEX…        sends packets to the multicast group, from the host's ADDRESS
       signed_adverts.py hear ADDRESS SECONDS     prints the first that the kernel takes, whose checksum it has verified: the
                                                  sender and its bytes
"""
import hashlib
import hmac
import socket
import struct
import sys
import time

GROUP4, GROUP6, PROTOCOL = "224.0.0.18", "ff02::12", 112
ROUTER = 100  # the last byte of the address in vips.py


def summed(data):
    data = data + b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def code(packet, source, key):
    """Of an advert with its trailer, whose code is read as 0, as is the checksum."""
    family = socket.AF_INET6 if ":" in source else socket.AF_INET
    header = bytes([6 if ":" in source else 4, packet[0] >> 4, packet[1], 0]) + socket.inet_pton(family, source).ljust(16, b"\0")
    message = header + packet[:6] + b"\0\0" + packet[8:-16] + bytes(16)
    return hmac.new(key, message, hashlib.sha256).digest()[:16]


def advert(address, priority):
    """Of version 3, over IPv4, with a checksum without a pseudo-header."""
    packet = bytearray([0x31, ROUTER, priority, 1, 0, 10, 0, 0]) + socket.inet_aton(address)
    packet[6:8] = struct.pack(">H", summed(bytes(packet)))
    return bytes(packet)


def signed(packet, source, key, number=1, at=None):
    now = time.time() if at is None else at
    trailer = struct.pack(">BBHIHH", 1, number, 0, int(now), int(now % 1 * 65536), 0) + bytes(16)
    return packet + trailer[:12] + code(packet + trailer, source, key)


def send(address, packets):
    with socket.socket(socket.AF_INET, socket.SOCK_RAW, PROTOCOL) as s:
        s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 255)
        s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(address))
        for packet in packets:
            s.sendto(bytes.fromhex(packet), (GROUP4, 0))


def hear(address, seconds):
    if ":" in address:
        s = socket.socket(socket.AF_INET6, socket.SOCK_RAW, PROTOCOL)
        index = socket.if_nametoindex("eth0")
        s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_CHECKSUM, 6)  # as keepalived does: what has a wrong one is dropped
        s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, socket.inet_pton(socket.AF_INET6, GROUP6) + struct.pack("@I", index))
    else:
        s = socket.socket(socket.AF_INET, socket.SOCK_RAW, PROTOCOL)
        s.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, socket.inet_aton(GROUP4) + socket.inet_aton(address))
    s.settimeout(seconds)
    data, source = s.recvfrom(2048)
    print(source[0].split("%")[0], (data if ":" in address else data[(data[0] & 15) * 4:]).hex())


if __name__ == "__main__":
    if sys.argv[1] == "send":
        send(sys.argv[2], sys.argv[3:])
    else:
        hear(sys.argv[2], float(sys.argv[3]))
