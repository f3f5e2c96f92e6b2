/* wire_conn.h -- one client's connection without its socket: bytes come in, bytes go out.
 *
 * A frame is a length of 4 bytes and a request. Requests of a connection are answered one at a
 * time, as Apache Kafka does: while one waits (a fetch for data, a join for others), those behind
 * it do too, so answers are in the order of the requests. Invariants: what is unread in `in` is
 * less than a frame unless a call waits or the client does not take its answers; no byte of `out`
 * from `frame` on is sent before its answer is whole.
 * Thread: the server's.
 */
#ifndef WR_WIRE_CONN_H
#define WR_WIRE_CONN_H

#include "broker/wire/wire_call.h"

enum {
    WR_WIRE_READ = 64 * 1024,         /* bytes asked for at a time */
    WR_WIRE_READ_LARGE = 1024 * 1024, /* within a frame that is larger */
    WR_WIRE_OUT_MAX = 1024 * 1024,    /* unsent bytes before further requests have to wait */
};

struct wr_wire_conn {
    struct wr_wire *wire;
    char *host; /* of the client, "/127.0.0.1" */
    struct wr_buf in;
    size_t in_at; /* read up to here */
    struct wr_buf out;
    size_t out_at; /* sent up to here */
    size_t frame;  /* the unfinished answer begins here */
    struct wr_call call;
    bool waiting; /* the call's answer comes later */
    bool broken;  /* nothing more is read: send what is there, and close */
};

void wr_wire_conn_init(struct wr_wire_conn *conn, struct wr_wire *wire, const char *host);
void wr_wire_conn_free(struct wr_wire_conn *conn);

/* Whether more is to be read from the client; if not, it should wait for now. */
bool wr_wire_conn_wants(const struct wr_wire_conn *conn);

/* Room for what comes from a client that is to be read, *len bytes. */
void *wr_wire_conn_room(struct wr_wire_conn *conn, size_t *len);
void wr_wire_conn_received(struct wr_wire_conn *conn, size_t len);

/* Answer what can be answered; false if nothing could. */
bool wr_wire_conn_step(struct wr_wire_conn *conn);

/* When to step at the latest; INT64_MAX: whenever something happens. */
int64_t wr_wire_conn_next(const struct wr_wire_conn *conn);

/* What can be sent, and that it was. */
struct weir_bytes wr_wire_conn_unsent(const struct wr_wire_conn *conn);
void wr_wire_conn_sent(struct wr_wire_conn *conn, size_t len);

#endif
