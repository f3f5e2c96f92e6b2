/* wire_conn.c -- frames, request headers and the order of answers. */
#include "src/base/base.h"

#include "broker/wire/wire_conn.h"
#include "src/base/endian.h"
#include "src/base/mem.h"

enum { LENGTH = 4, ARENA_CHUNK = 16 * 1024 };

void wr_wire_conn_init(struct wr_wire_conn *conn, struct wr_wire *wire, const char *host)
{
    *conn = (struct wr_wire_conn){.wire = wire, .host = wr_strdup(host)};
    conn->call = (struct wr_call){.wire = wire, .client_host = conn->host};
    wr_arena_init(&conn->call.arena, ARENA_CHUNK);
}

void wr_wire_conn_free(struct wr_wire_conn *conn)
{
    if (conn->waiting) {
        wr_groups_forget(conn->wire->broker->groups, &conn->call);
    }
    wr_arena_free(&conn->call.arena);
    wr_buf_free(&conn->in);
    wr_buf_free(&conn->out);
    wr_free(conn->host);
}

/* ---- input ----------------------------------------------------------------------------------- */

static size_t unread(const struct wr_wire_conn *conn)
{
    return conn->in.len - conn->in_at;
}

/* What is missing of the frame that has begun; 0 if it is whole. */
static size_t missing(const struct wr_wire_conn *conn)
{
    size_t have = unread(conn);
    if (have < LENGTH) {
        return LENGTH - have;
    }
    size_t whole = LENGTH + (size_t)wr_get_be32(conn->in.data + conn->in_at);
    return whole > have ? whole - have : 0;
}

static void forget_read(struct wr_buf *b, size_t *at)
{
    if (*at != 0) {
        memmove(b->data, b->data + *at, b->len - *at);
        b->len -= *at;
        *at = 0;
    }
    if (b->len == 0 && b->cap > WR_WIRE_KEEP) {
        wr_buf_free(b);
    }
}

bool wr_wire_conn_wants(const struct wr_wire_conn *conn)
{
    return !conn->waiting && !conn->broken && missing(conn) != 0;
}

void *wr_wire_conn_room(struct wr_wire_conn *conn, size_t *len)
{
    wr_assert(wr_wire_conn_wants(conn));
    forget_read(&conn->in, &conn->in_at);
    /* A length is only believed as far as its bytes have come. */
    *len = missing(conn) > WR_WIRE_READ ? WR_WIRE_READ_LARGE : WR_WIRE_READ;
    wr_buf_reserve(&conn->in, *len);
    return conn->in.data + conn->in.len;
}

void wr_wire_conn_received(struct wr_wire_conn *conn, size_t len)
{
    wr_assert(len <= conn->in.cap - conn->in.len);
    conn->in.len += len;
    if (unread(conn) >= LENGTH) {
        uint32_t size = wr_get_be32(conn->in.data + conn->in_at);
        conn->broken |= size > conn->wire->max_frame;
    }
}

/* ---- calls ----------------------------------------------------------------------------------- */

static void begin_answer(struct wr_wire_conn *conn)
{
    struct wr_call *c = &conn->call;
    forget_read(&conn->out, &conn->out_at);
    conn->frame = conn->out.len;
    c->out = (struct wr_writer){.out = &conn->out, .flexible = c->in.flexible};
    wr_write_i32(&c->out, 0); /* the length */
    wr_write_i32(&c->out, c->correlation);
    if (c->api->handle != wr_req_api_versions) { /* its readers do not know its version yet */
        wr_write_tags(&c->out);
    }
}

static void end_answer(struct wr_wire_conn *conn, enum wr_outcome outcome)
{
    conn->waiting = false;
    conn->call.again = NULL;
    if (outcome == WR_ANSWERED) {
        size_t len = conn->out.len - conn->frame - LENGTH;
        wr_put_be32(conn->out.data + conn->frame, (uint32_t)len);
        conn->frame = conn->out.len;
    } else {
        conn->out.len = conn->frame;
        conn->broken |= outcome == WR_REFUSED;
    }
}

/* What follows the version: correlation id, client id and, from header version 2 on, tagged
 * fields. The client id has the old form in all of them. */
static bool read_header(struct wr_call *c, bool flexible)
{
    c->correlation = wr_read_i32(&c->in);
    const char *client_id = wr_read_cstr(&c->in, &c->arena);
    c->client_id = client_id != NULL ? client_id : "";
    c->in.flexible = flexible;
    wr_read_tags(&c->in);
    return !c->in.failed;
}

/* What cannot be answered because nothing is known about its form ends the connection, as it does
 * in Apache Kafka; only a client that asks for the versions in a version too new gets an answer. */
static enum wr_outcome call(struct wr_wire_conn *conn, struct weir_bytes frame)
{
    struct wr_call *c = &conn->call;
    wr_arena_reset(&c->arena);
    wr_reader_init(&c->in, frame, false);
    c->answered = false;
    c->again = NULL;
    c->api = wr_wire_api_find(wr_read_i16(&c->in));
    c->version = wr_read_i16(&c->in);
    if (c->in.failed || c->api == NULL) {
        return WR_REFUSED;
    }
    bool known = c->version >= c->api->min && c->version <= c->api->max;
    if (!known && c->api->handle != wr_req_api_versions) {
        return WR_REFUSED;
    }
    bool flexible = known && c->api->flexible >= 0 && c->version >= c->api->flexible;
    if (!known) {
        c->correlation = wr_read_i32(&c->in);
    } else if (!read_header(c, flexible)) {
        return WR_REFUSED;
    }
    begin_answer(conn);
    return c->api->handle(c);
}

static void take_frame(struct wr_wire_conn *conn)
{
    const char *at = conn->in.data + conn->in_at;
    struct weir_bytes frame = weir_view(at + LENGTH, wr_get_be32(at));
    conn->in_at += LENGTH + frame.len;
    conn->frame = conn->out.len;
    enum wr_outcome outcome = call(conn, frame);
    if (outcome == WR_WAITS && conn->call.answered) {
        outcome = WR_ANSWERED;
    }
    if (outcome == WR_WAITS) {
        conn->waiting = true;
    } else {
        end_answer(conn, outcome);
    }
}

/* Whether the waiting call is answered now. */
static bool go_on(struct wr_wire_conn *conn)
{
    struct wr_call *c = &conn->call;
    enum wr_outcome outcome = c->answered ? WR_ANSWERED : WR_WAITS;
    if (c->again != NULL) {
        outcome = c->again(c);
    }
    if (outcome == WR_WAITS) {
        return false;
    }
    end_answer(conn, outcome);
    return true;
}

bool wr_wire_conn_step(struct wr_wire_conn *conn)
{
    bool moved = conn->waiting && go_on(conn);
    while (!conn->waiting && !conn->broken && missing(conn) == 0 &&
           conn->out.len - conn->out_at < WR_WIRE_OUT_MAX) {
        take_frame(conn);
        moved = true;
    }
    return moved;
}

int64_t wr_wire_conn_next(const struct wr_wire_conn *conn)
{
    return conn->waiting && conn->call.again != NULL ? conn->call.deadline : INT64_MAX;
}

/* ---- output ---------------------------------------------------------------------------------- */

struct weir_bytes wr_wire_conn_unsent(const struct wr_wire_conn *conn)
{
    size_t end = conn->waiting ? conn->frame : conn->out.len;
    const char *data = wr_buf_view(&conn->out).data;
    return weir_view(data + conn->out_at, end - conn->out_at);
}

void wr_wire_conn_sent(struct wr_wire_conn *conn, size_t len)
{
    wr_assert(len <= wr_wire_conn_unsent(conn).len);
    conn->out_at += len;
    if (!conn->waiting && conn->out_at == conn->out.len) {
        forget_read(&conn->out, &conn->out_at);
    }
}
