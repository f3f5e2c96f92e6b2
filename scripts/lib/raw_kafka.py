"""raw_kafka.py -- Kafka's protocol by hand, for requests that no client library sends."""

import socket
import struct

TIMEOUT_S = 60

NAMES = {
    -1: "UNKNOWN_SERVER_ERROR", 0: "ok", 1: "OFFSET_OUT_OF_RANGE", 2: "CORRUPT_MESSAGE",
    3: "UNKNOWN_TOPIC_OR_PARTITION", 5: "LEADER_NOT_AVAILABLE", 6: "NOT_LEADER_OR_FOLLOWER",
    7: "REQUEST_TIMED_OUT", 10: "MESSAGE_TOO_LARGE", 12: "OFFSET_METADATA_TOO_LARGE",
    14: "COORDINATOR_LOAD_IN_PROGRESS", 15: "COORDINATOR_NOT_AVAILABLE", 16: "NOT_COORDINATOR",
    17: "INVALID_TOPIC_EXCEPTION", 21: "INVALID_REQUIRED_ACKS", 22: "ILLEGAL_GENERATION",
    23: "INCONSISTENT_GROUP_PROTOCOL", 24: "INVALID_GROUP_ID", 25: "UNKNOWN_MEMBER_ID",
    26: "INVALID_SESSION_TIMEOUT", 27: "REBALANCE_IN_PROGRESS", 29: "TOPIC_AUTHORIZATION_FAILED",
    32: "INVALID_TIMESTAMP", 35: "UNSUPPORTED_VERSION", 36: "TOPIC_ALREADY_EXISTS",
    37: "INVALID_PARTITIONS", 38: "INVALID_REPLICATION_FACTOR", 39: "INVALID_REPLICA_ASSIGNMENT",
    40: "INVALID_CONFIG", 42: "INVALID_REQUEST", 43: "UNSUPPORTED_FOR_MESSAGE_FORMAT",
    44: "POLICY_VIOLATION", 45: "OUT_OF_ORDER_SEQUENCE_NUMBER", 46: "DUPLICATE_SEQUENCE_NUMBER",
    47: "INVALID_PRODUCER_EPOCH", 48: "INVALID_TXN_STATE", 49: "INVALID_PRODUCER_ID_MAPPING",
    50: "INVALID_TRANSACTION_TIMEOUT", 51: "CONCURRENT_TRANSACTIONS",
    52: "TRANSACTION_COORDINATOR_FENCED", 55: "OPERATION_NOT_ATTEMPTED",
    59: "UNKNOWN_PRODUCER_ID", 68: "NON_EMPTY_GROUP", 69: "GROUP_ID_NOT_FOUND",
    74: "FENCED_LEADER_EPOCH", 75: "UNKNOWN_LEADER_EPOCH", 76: "UNSUPPORTED_COMPRESSION_TYPE",
    78: "OFFSET_NOT_AVAILABLE", 79: "MEMBER_ID_REQUIRED", 81: "GROUP_MAX_SIZE_REACHED",
    82: "FENCED_INSTANCE_ID", 86: "GROUP_SUBSCRIBED_TO_TOPIC", 87: "INVALID_RECORD",
    88: "UNSTABLE_OFFSET_COMMIT", 90: "PRODUCER_FENCED", 100: "UNKNOWN_TOPIC_ID",
    105: "TRANSACTIONAL_ID_NOT_FOUND", 120: "TRANSACTION_ABORTABLE",
}


def error_name(code):
    return NAMES.get(code, f"error {code}")


class Writer:
    def __init__(self, flexible):
        self.flexible = flexible
        self.data = b""

    def raw(self, data):
        self.data += data
        return self

    def i8(self, v):
        return self.raw(struct.pack(">b", v))

    def i16(self, v):
        return self.raw(struct.pack(">h", v))

    def i32(self, v):
        return self.raw(struct.pack(">i", v))

    def i64(self, v):
        return self.raw(struct.pack(">q", v))

    def uvarint(self, v):
        while v > 0x7f:
            self.raw(bytes([v & 0x7f | 0x80]))
            v >>= 7
        return self.raw(bytes([v]))

    def count(self, n):
        return self.uvarint(n + 1) if self.flexible else self.i32(n)

    def text(self, s):
        if s is None:
            return self.uvarint(0) if self.flexible else self.i16(-1)
        data = s.encode()
        return (self.uvarint(len(data) + 1) if self.flexible else self.i16(len(data))).raw(data)

    def bytes(self, data):
        return (self.uvarint(len(data) + 1) if self.flexible else self.i32(len(data))).raw(data)

    def tags(self):
        return self.uvarint(0) if self.flexible else self

    def array(self, items, write):
        self.count(len(items))
        for item in items:
            write(self, item)
        return self


class Reader:
    def __init__(self, data, flexible):
        self.data = data
        self.at = 0
        self.flexible = flexible

    def raw(self, n):
        if self.at + n > len(self.data):
            raise ValueError("an answer is too short")
        self.at += n
        return self.data[self.at - n:self.at]

    def number(self, form):
        return struct.unpack(form, self.raw(struct.calcsize(form)))[0]

    def i8(self):
        return self.number(">b")

    def i16(self):
        return self.number(">h")

    def i32(self):
        return self.number(">i")

    def i64(self):
        return self.number(">q")

    def uvarint(self):
        v = shift = 0
        while True:
            b = self.raw(1)[0]
            v |= (b & 0x7f) << shift
            if b < 0x80:
                return v
            shift += 7

    def count(self):
        return self.uvarint() - 1 if self.flexible else self.i32()

    def bytes(self):
        n = self.count()
        return None if n < 0 else self.raw(n)

    def text(self):
        n = self.uvarint() - 1 if self.flexible else self.i16()
        return None if n < 0 else self.raw(n).decode()

    def tags(self):
        for _ in range(self.uvarint() if self.flexible else 0):
            self.uvarint()
            self.raw(self.uvarint())
        return self

    def array(self, read):
        return [read(self) for _ in range(self.count())]

    def error(self):
        return error_name(self.i16())


class Connection:
    def __init__(self, address):
        host, port = address.rsplit(":", 1)
        self.socket = socket.create_connection((host, int(port)), timeout=TIMEOUT_S)
        self.flexible = False

    def send(self, api, version, flexible, body):
        self.flexible = flexible
        head = struct.pack(">hhi", api, version, 1) + struct.pack(">h", 3) + b"raw"
        data = head + (b"\0" if flexible else b"") + body
        self.socket.sendall(struct.pack(">i", len(data)) + data)

    def receive(self):
        r = Reader(self.exactly(struct.unpack(">i", self.exactly(4))[0]), self.flexible)
        r.i32()
        return r.tags()

    def exactly(self, n):
        data = b""
        while len(data) < n:
            more = self.socket.recv(n - len(data))
            if not more:
                raise ConnectionError("closed")
            data += more
        return data

    def close(self):
        self.socket.close()


# ---- record batches

def crc_table():
    table = []
    for n in range(256):
        for _ in range(8):
            n = n >> 1 ^ (0x82f63b78 if n & 1 else 0)
        table.append(n)
    return table


CRC_TABLE = crc_table()


def crc32c(data):
    crc = 0xffffffff
    for b in data:
        crc = CRC_TABLE[(crc ^ b) & 0xff] ^ crc >> 8
    return crc ^ 0xffffffff


def varint(v):
    return Writer(True).uvarint(v << 1 if v >= 0 else (-v << 1) - 1).data


def record(i, value):
    body = b"\0" + varint(0) + varint(i) + varint(1) + b"k" + varint(len(value)) + value + varint(0)
    return varint(len(body)) + body


def batch(values, time, producer, sequence, attributes):
    """producer is (id, epoch)"""
    rest = struct.pack(">hiqqqhii", attributes, len(values) - 1, time, time, *producer, sequence,
                       len(values))
    rest += b"".join(record(i, v.encode()) for i, v in enumerate(values))
    tail = struct.pack(">ibI", -1, 2, crc32c(rest)) + rest
    return struct.pack(">qi", 0, len(tail)) + tail
