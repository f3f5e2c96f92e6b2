/* fuzz_wire.c -- what a client may send under libFuzzer: no bytes may break the broker.
 *
 * An input is what comes on one connection to a new broker with two topics: frames one behind the
 * other. Time passes between them, so that what waits is answered; the answers must be whole
 * frames.
 */
#include "src/base/base.h"

#include "broker/wire/wire_conn.h"
#include "src/base/endian.h"

enum { START_MS = 1700000000, STEP_MS = 10000, STEPS_MAX = 1000 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct wr_broker *new_broker(int64_t now)
{
    const struct wr_broker_options options = {
        .seed = 1, .node_id = 1, .default_partitions = 1, .auto_create_topics = true};
    struct wr_broker *b = wr_broker_new(&options, now);
    const char *why;
    for (const char *name = "a\0b\0"; *name != '\0'; name += 2) {
        const struct wr_topic_spec spec = {.name = name, .partitions = 2, .replication = -1};
        wr_assert(wr_topics_create(b->topics, &spec, &why) == WR_KE_NONE);
    }
    return b;
}

/* Take what is to be sent, which is whole frames. */
static void take(struct wr_wire_conn *conn)
{
    struct weir_bytes out = wr_wire_conn_unsent(conn);
    const char *at = out.data;
    size_t left = out.len;
    while (left > 0) {
        wr_assert(left >= 8 && wr_get_be32(at) + 4 <= left);
        left -= wr_get_be32(at) + 4;
        at += wr_get_be32(at) + 4;
    }
    wr_wire_conn_sent(conn, out.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct wr_wire wire;
    struct wr_wire_conn conn;
    wr_wire_init(&wire, new_broker((int64_t)START_MS * 1000));
    wire.host = "127.0.0.1";
    wire.port = 9092;
    wire.now = (int64_t)START_MS * 1000;
    wr_wire_conn_init(&conn, &wire, "/127.0.0.1");
    for (int step = 0; step < STEPS_MAX && !conn.broken && (size > 0 || conn.waiting); step++) {
        if (wr_wire_conn_wants(&conn)) {
            size_t room;
            void *to = wr_wire_conn_room(&conn, &room);
            size_t n = wr_min_size(room, size);
            memcpy(to, data, n);
            wr_wire_conn_received(&conn, n);
            data += n;
            size -= n;
        }
        wr_wire_conn_step(&conn);
        take(&conn);
        wire.now += STEP_MS;
        wr_broker_tick(wire.broker, wire.now);
    }
    wr_broker_check(wire.broker);
    wr_wire_conn_free(&conn);
    wr_broker_free(wire.broker);
    wr_wire_free(&wire);
    return 0;
}
