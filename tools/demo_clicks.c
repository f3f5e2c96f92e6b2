/* demo_clicks.c -- makes clicks, so many a second, and writes them in short transactions. */
#include "src/base/base.h"

#include <stdio.h>

#include "src/base/err.h"
#include "src/kproto/murmur2.h"
#include "tools/demo_clicks.h"

enum {
    USERS = 10000,
    COMMIT_MS = 50,
    STEP_MAX = 1000, /* clicks of one step: after a pause the rest comes later */
    UNIT = 1000000,  /* the weight of the first page */
    USER_MAX = 16,
};

/* What a shop's pages are called; the rest are its products. */
static const char *const pages[] = {"/",     "/search",   "/cart",  "/login",   "/offers",
                                    "/help", "/checkout", "/about", "/account", "/news"};

enum weir_code wr_demo_clicks_open(struct wr_demo_clicks *c, struct wr_kafka *kafka,
                                   const char *topic, int per_second, struct weir_error *err)
{
    uint64_t sum = 0;
    uint64_t seed;
    *c = (struct wr_demo_clicks){.per_second = per_second};
    wr_random_bytes(&seed, sizeof seed);
    wr_rng_seed(&c->rng, seed);
    for (size_t i = 0; i < WR_DEMO_PAGES; i++) {
        sum += UNIT / (i + 1); /* Zipf's law */
        c->weights[i] = sum;
    }
    enum weir_code code = wr_producer_open(kafka, topic, &topic, 1, &c->producer, err);
    if (code == WEIR_OK) {
        c->topic = wr_producer_topic(c->producer, topic);
        c->call = wr_producer_init(c->producer);
    }
    return code;
}

static size_t choose_page(struct wr_demo_clicks *c)
{
    uint64_t at = wr_rng_below(&c->rng, c->weights[WR_DEMO_PAGES - 1]);
    size_t low = 0;
    size_t high = WR_DEMO_PAGES - 1;
    while (low < high) {
        size_t mid = (low + high) / 2;
        if (c->weights[mid] > at) {
            high = mid;
        } else {
            low = mid + 1;
        }
    }
    return low;
}

/* WEIR_PENDING: the client's buffer is full. */
static enum weir_code make_click(struct wr_demo_clicks *c, int partitions, struct weir_error *err)
{
    char user[USER_MAX];
    size_t page = choose_page(c);
    int64_t now_ms = wr_wall_ms(wr_clock_system());
    snprintf(user, sizeof user, "user-%04d", (int)wr_rng_below(&c->rng, USERS));
    wr_buf_reset(&c->json);
    wr_buf_printf(&c->json, "{\"id\":%lld,\"user\":\"%s\",\"timestamp\":%lld,\"page\":\"",
                  (long long)c->made, user, (long long)now_ms);
    if (page < WR_ARRAY_LEN(pages)) {
        wr_buf_printf(&c->json, "%s\"}", pages[page]);
    } else {
        wr_buf_printf(&c->json, "/product/%d\"}", (int)page);
    }
    const struct wr_outgoing o = {
        .topic = c->topic,
        .partition = wr_partition_of(weir_str(user), partitions),
        .key = weir_str(user),
        .value = wr_buf_view(&c->json),
        .time = now_ms,
    };
    return wr_producer_send(c->producer, &o, err);
}

static enum weir_code make_clicks(struct wr_demo_clicks *c, int64_t now_ms, struct weir_error *err)
{
    int partitions = wr_topic_partitions(c->topic);
    int64_t due = (now_ms - c->began_ms) * c->per_second / 1000;
    if (partitions <= 0 || c->over) {
        return WEIR_OK;
    }
    for (int i = 0; i < STEP_MAX && c->made < due; i++) {
        if (c->open == 0) {
            c->due_ms = now_ms + COMMIT_MS;
            if (wr_producer_begin(c->producer, err) != WR_CALL_OK) {
                return err->code;
            }
        }
        enum weir_code code = make_click(c, partitions, err);
        if (code != WEIR_OK) {
            return code == WEIR_PENDING ? WEIR_OK : code;
        }
        c->made++;
        c->open++;
    }
    return WEIR_OK;
}

/* Init or commit. */
static enum weir_code step_call(struct wr_demo_clicks *c, int64_t now_ms, struct weir_error *err)
{
    enum wr_outcome outcome = wr_call_step(c->call, 0, err);
    if (outcome == WR_CALL_PENDING) {
        return WEIR_OK;
    }
    wr_call_free(c->call);
    c->call = NULL;
    if (outcome != WR_CALL_OK) {
        return err->code;
    }
    if (!c->ready) {
        c->ready = true;
        c->began_ms = now_ms;
    }
    c->written += c->open;
    c->open = 0;
    return WEIR_OK;
}

enum weir_code wr_demo_clicks_step(struct wr_demo_clicks *c, int64_t now_ms, struct weir_error *err)
{
    enum weir_code code;
    wr_producer_serve(c->producer, 0);
    if (c->call != NULL) {
        code = step_call(c, now_ms, err);
    } else {
        code = make_clicks(c, now_ms, err);
        if (code == WEIR_OK && c->open > 0 && (c->over || now_ms >= c->due_ms)) {
            c->call = wr_producer_commit(c->producer);
        }
    }
    if (code != WEIR_OK) {
        wr_fail_prefix(err, "could not write clicks");
    }
    return code;
}

void wr_demo_clicks_finish(struct wr_demo_clicks *c)
{
    c->over = true;
}

bool wr_demo_clicks_finished(const struct wr_demo_clicks *c)
{
    return c->over && c->call == NULL && c->open == 0;
}

void wr_demo_clicks_close(struct wr_demo_clicks *c)
{
    wr_call_free(c->call);
    if (c->producer != NULL) {
        wr_producer_close(c->producer);
    }
    wr_buf_free(&c->json);
    *c = (struct wr_demo_clicks){0};
}
