/* wire_kit.c -- see wire_kit.h. */
#include "src/base/base.h"

#include "src/base/endian.h"
#include "tests/unit/wire/wire_kit.h"

struct wr_wire wk_wire;
struct wk_client wk_one;
struct wk_client wk_two;
static struct wr_buf batch;

static void create(const char *name, int32_t partitions)
{
    struct wr_topic_spec spec = {.name = name, .partitions = partitions, .replication = -1};
    const char *why;
    ck_assert_int_eq(wr_topics_create(wk_wire.broker->topics, &spec, &why), WR_KE_NONE);
}

static void connect(struct wk_client *c)
{
    *c = (struct wk_client){0};
    wr_wire_conn_init(&c->conn, &wk_wire, "/127.0.0.1");
}

static void disconnect(struct wk_client *c)
{
    wr_wire_conn_free(&c->conn);
    wr_buf_free(&c->frame);
    wr_buf_free(&c->reply);
}

void wk_setup(void)
{
    struct wr_broker_options options = {
        .seed = 1,
        .node_id = WK_NODE,
        .default_partitions = 1,
        .auto_create_topics = true,
    };
    int64_t now = (int64_t)WK_NOW * 1000;
    wr_wire_init(&wk_wire, wr_broker_new(&options, now));
    wk_wire.host = "127.0.0.1";
    wk_wire.port = WK_PORT;
    wk_wire.now = now;
    create("a", 2);
    create("b", 1);
    connect(&wk_one);
    connect(&wk_two);
}

void wk_teardown(void)
{
    disconnect(&wk_one);
    disconnect(&wk_two);
    wr_broker_check(wk_wire.broker);
    wr_broker_free(wk_wire.broker);
    wr_wire_free(&wk_wire);
    wr_buf_free(&batch);
}

TCase *wk_case(Suite *s, const char *name)
{
    TCase *t = tcase_create(name);
    tcase_add_checked_fixture(t, wk_setup, wk_teardown);
    suite_add_tcase(s, t);
    return t;
}

struct wr_writer *wk_begin(struct wk_client *c, int16_t key, int16_t version)
{
    const struct wr_wire_api *api = wr_wire_api_find(key);
    wr_buf_reset(&c->frame);
    c->key = key;
    c->flexible = api != NULL && api->flexible >= 0 && version >= api->flexible;
    c->w = (struct wr_writer){.out = &c->frame};
    wr_write_i32(&c->w, 0); /* length */
    wr_write_i16(&c->w, key);
    wr_write_i16(&c->w, version);
    wr_write_i32(&c->w, ++c->correlation);
    wr_write_cstr(&c->w, "tester");
    c->w.flexible = c->flexible;
    wr_write_tags(&c->w);
    return &c->w;
}

void wk_bytes(struct wk_client *c, struct weir_bytes bytes)
{
    const char *at = bytes.data;
    while (bytes.len > 0 && wr_wire_conn_wants(&c->conn)) {
        size_t room;
        void *to = wr_wire_conn_room(&c->conn, &room);
        size_t n = wr_min_size(room, bytes.len);
        memcpy(to, at, n);
        wr_wire_conn_received(&c->conn, n);
        wr_wire_conn_step(&c->conn);
        at += n;
        bytes.len -= n;
    }
}

void wk_send(struct wk_client *c)
{
    wr_write_tags(&c->w);
    wr_put_be32(c->frame.data, (uint32_t)c->frame.len - 4);
    wk_bytes(c, wr_buf_view(&c->frame));
}

struct wr_reader *wk_answer(struct wk_client *c)
{
    struct weir_bytes sent = wr_wire_conn_unsent(&c->conn);
    ck_assert(!c->conn.broken);
    ck_assert_uint_gt(sent.len, 8);
    size_t len = wr_get_be32(sent.data) + 4;
    ck_assert_uint_le(len, sent.len);
    wr_buf_reset(&c->reply);
    wr_buf_append(&c->reply, sent.data, len);
    wr_wire_conn_sent(&c->conn, len);
    wr_reader_init(&c->r, wr_buf_view(&c->reply), false);
    wr_read_i32(&c->r);
    wk_i32(&c->r, c->correlation);
    c->r.flexible = c->flexible;
    if (c->key != WK_API_VERSIONS) {
        wr_read_tags(&c->r);
    }
    return &c->r;
}

struct wr_reader *wk_ask(struct wk_client *c)
{
    wk_send(c);
    return wk_answer(c);
}

bool wk_silent(const struct wk_client *c)
{
    return wr_wire_conn_unsent(&c->conn).len == 0;
}

void wk_advance(int64_t ms)
{
    wk_wire.now += ms;
    wr_broker_tick(wk_wire.broker, wk_wire.now);
    wr_wire_conn_step(&wk_one.conn);
    wr_wire_conn_step(&wk_two.conn);
}

int16_t wk_min(int16_t key)
{
    return wr_wire_api_find(key)->min;
}

int16_t wk_max(int16_t key)
{
    return wr_wire_api_find(key)->max;
}

struct weir_bytes wk_batch(const struct wk_batch *b)
{
    struct wr_batch_builder builder;
    struct wr_batch head = {
        .magic = 2,
        .attributes = b->attributes,
        .producer_id = b->producer_id,
        .producer_epoch = b->epoch,
        .base_sequence = b->sequence,
    };
    wr_buf_reset(&batch);
    wr_batch_start(&builder, &batch, &head);
    for (int32_t i = 0; i < b->count; i++) {
        struct wr_batch_record r = {
            .offset = i,
            .time = wk_wire.now,
            .key = weir_str("k"),
            .value = weir_str("v"),
        };
        wr_batch_add_headers(&builder, &r, (struct weir_headers){0});
    }
    wr_batch_finish(&builder);
    return wr_buf_view(&batch);
}

enum wr_kafka_error wk_produce(struct wk_client *c, const char *topic, int32_t partition,
                               const struct wk_batch *b)
{
    struct wr_writer *w = wk_begin(c, WK_PRODUCE, 9);
    wr_write_cstr(w, NULL);
    wr_write_i16(w, -1);
    wr_write_i32(w, 1000);
    wr_write_count(w, 1);
    wr_write_cstr(w, topic);
    wr_write_count(w, 1);
    wr_write_i32(w, partition);
    wr_write_bytes(w, wk_batch(b));
    wr_write_tags(w);
    wr_write_tags(w);
    struct wr_reader *r = wk_ask(c);
    wk_count(r, 1);
    wk_text(r, topic);
    wk_count(r, 1);
    wk_i32(r, partition);
    return (enum wr_kafka_error)wr_read_i16(r);
}
