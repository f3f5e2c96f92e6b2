/* session_clients.c -- steps of producers and of readers that are in no group. */
#include "src/base/base.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "src/base/mem.h"
#include "tests/broker/session.h"

enum {
    MARKERS_MS = 1000, /* how long the markers of a transaction may take to be written */
    COMPACTION_MS = 40000,
    POLL_MS = 50,
};

static void wait_ms(int ms)
{
    struct timespec t = {ms / 1000, ms % 1000 * 1000000L};
    nanosleep(&t, NULL);
}

static void say_outcome(struct session *s, rd_kafka_error_t *error)
{
    if (error == NULL) {
        session_say(s, "ok");
        return;
    }
    session_say(s, "%s%s%s%s", rd_kafka_error_name(error),
                rd_kafka_error_is_fatal(error) ? " fatal" : "",
                rd_kafka_error_txn_requires_abort(error) ? " abort" : "",
                rd_kafka_error_is_retriable(error) ? " retry" : "");
    rd_kafka_error_destroy(error);
}

/* ---- producers ------------------------------------------------------------------------------- */

/* producer NAME [idempotent] [txn=ID] [timeout=MS] [compression=CODEC] */
void session_producer(struct session *s, const struct step *t)
{
    const char *id = step_option(t, "txn", NULL);
    const char *timeout = step_option(t, "timeout", "20000");
    const char *last = id != NULL                  ? "transactional.id"
                       : step_has(t, "idempotent") ? "enable.idempotence"
                                                   : NULL;
    const char *const settings[] = {"linger.ms",
                                    "0",
                                    "client.id",
                                    t->words[1],
                                    "compression.codec",
                                    step_option(t, "compression", "none"),
                                    "message.timeout.ms",
                                    id != NULL ? "5000" : "8000",
                                    last, /* NULL: the list ends here */
                                    id != NULL ? id : "true",
                                    "transaction.timeout.ms",
                                    timeout,
                                    NULL};
    rd_kafka_t *rk = session_handle(s, RD_KAFKA_PRODUCER, settings);
    session_add(s, t->words[1], rk, NULL);
    say_outcome(s, id == NULL ? NULL : rd_kafka_init_transactions(rk, ANSWER_MS));
}

static struct weir_bytes text_or_null(const char *word)
{
    return strcmp(word, "-") == 0 ? WEIR_NULL : weir_str(word);
}

static void say_delivery(struct session *s, rd_kafka_t *rk)
{
    rd_kafka_queue_t *queue = rd_kafka_queue_get_main(rk);
    rd_kafka_event_t *e = NULL;
    do {
        rd_kafka_event_destroy(e);
        e = rd_kafka_queue_poll(queue, ANSWER_MS);
    } while (e != NULL && rd_kafka_event_type(e) != RD_KAFKA_EVENT_DR);
    if (e == NULL) {
        session_die("a record was neither delivered nor refused");
    }
    const rd_kafka_message_t *m = rd_kafka_event_message_next(e);
    if (m->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
        session_say(s, "at %" PRId64, m->offset);
    } else {
        session_say_error(s, m->err);
    }
    rd_kafka_event_destroy(e);
    rd_kafka_queue_destroy(queue);
}

static void touch(struct session_client *c, const char *topic, int32_t partition)
{
    if (c->touched == NULL) {
        c->touched = rd_kafka_topic_partition_list_new(4);
    }
    if (rd_kafka_topic_partition_list_find(c->touched, topic, partition) == NULL) {
        rd_kafka_topic_partition_list_add(c->touched, topic, partition);
    }
}

/* produce NAME TOPIC PARTITION KEY VALUE [time=MS] [size=BYTES] */
void session_produce(struct session *s, const struct step *t)
{
    struct session_client *c = session_find(s, t->words[1]);
    int32_t partition = (int32_t)step_number(t->words[3]);
    struct weir_bytes key = text_or_null(t->words[4]);
    struct weir_bytes value = text_or_null(t->words[5]);
    const char *when = step_option(t, "time", NULL);
    int64_t ms = when == NULL ? 0 : s->base_ms + step_number(when);
    struct wr_buf padded = {0};
    wr_buf_bytes(&padded, value.data != NULL ? value : weir_str(""));
    while (padded.len < (size_t)step_number(step_option(t, "size", "0"))) {
        wr_buf_char(&padded, '.');
    }
    rd_kafka_resp_err_t code = rd_kafka_producev(
        c->rk, RD_KAFKA_V_TOPIC(t->words[2]), RD_KAFKA_V_PARTITION(partition),
        RD_KAFKA_V_KEY(key.data, key.len),
        RD_KAFKA_V_VALUE(value.data == NULL ? NULL : padded.data, padded.len),
        RD_KAFKA_V_TIMESTAMP(ms), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END);
    wr_buf_free(&padded);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
        session_say_error(s, code);
        return;
    }
    touch(c, t->words[2], partition);
    say_delivery(s, c->rk);
}

void session_close(struct session *s, const struct step *t)
{
    session_remove(s, session_find(s, t->words[1]));
    session_say(s, "ok");
}

/* ---- transactions ---------------------------------------------------------------------------- */

static rd_kafka_t *reader(struct session *s, bool committed)
{
    const char *const settings[] = {"group.id",
                                    "session-reader",
                                    "isolation.level",
                                    committed ? "read_committed" : "read_uncommitted",
                                    "enable.auto.commit",
                                    "false",
                                    "enable.partition.eof",
                                    "true",
                                    "auto.offset.reset",
                                    "error",
                                    "fetch.wait.max.ms",
                                    "10",
                                    NULL};
    return session_handle(s, RD_KAFKA_CONSUMER, settings);
}

static bool has_markers(struct session *s, rd_kafka_t *const ends[2],
                        const struct session_client *c)
{
    for (int i = 0; c->touched != NULL && i < c->touched->cnt; i++) {
        int64_t low;
        int64_t high[2] = {0, 0};
        for (int k = 0; k < 2; k++) {
            rd_kafka_query_watermark_offsets(ends[k], c->touched->elems[i].topic,
                                             c->touched->elems[i].partition, &low, &high[k],
                                             ANSWER_MS);
        }
        if (high[0] != high[1]) {
            return false;
        }
    }
    for (int i = 0; i < c->sent_count; i++) {
        if (session_is_unstable(s, c->sent[i].group, c->sent[i].list)) {
            return false;
        }
    }
    return true;
}

/* A broker may write the markers of a transaction after it has answered: what comes next is to find
 * them there. What was touched may be in another open transaction, so the wait has an end. */
static void wait_for_markers(struct session *s, struct session_client *c)
{
    rd_kafka_t *const ends[2] = {reader(s, false), reader(s, true)};
    for (int ms = 0; ms < MARKERS_MS && !has_markers(s, ends, c); ms += POLL_MS) {
        wait_ms(POLL_MS);
    }
    rd_kafka_destroy(ends[0]);
    rd_kafka_destroy(ends[1]);
    session_forget(c);
}

void session_begin(struct session *s, const struct step *t)
{
    say_outcome(s, rd_kafka_begin_transaction(session_find(s, t->words[1])->rk));
}

void session_commit(struct session *s, const struct step *t)
{
    struct session_client *c = session_find(s, t->words[1]);
    say_outcome(s, rd_kafka_commit_transaction(c->rk, ANSWER_MS));
    wait_for_markers(s, c);
}

void session_abort(struct session *s, const struct step *t)
{
    struct session_client *c = session_find(s, t->words[1]);
    say_outcome(s, rd_kafka_abort_transaction(c->rk, ANSWER_MS));
    wait_for_markers(s, c);
}

/* offsets NAME GROUP POSITION... [member=NAME] */
void session_offsets(struct session *s, const struct step *t)
{
    struct session_client *c = session_find(s, t->words[1]);
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(4);
    for (int i = 3; i < t->count; i++) {
        session_add_position(list, t->words[i]);
    }
    const char *member = step_option(t, "member", NULL);
    rd_kafka_consumer_group_metadata_t *who =
        member == NULL ? rd_kafka_consumer_group_metadata_new(t->words[2])
                       : rd_kafka_consumer_group_metadata(session_find(s, member)->rk);
    say_outcome(s, rd_kafka_send_offsets_to_transaction(c->rk, list, who, ANSWER_MS));
    rd_kafka_consumer_group_metadata_destroy(who);
    if (c->sent_count == SENT_MAX) {
        session_die("a transaction sends positions too often");
    }
    c->sent[c->sent_count].group = wr_strdup(t->words[2]);
    c->sent[c->sent_count++].list = list;
}

/* ---- reading --------------------------------------------------------------------------------- */

static void say_text(struct wr_buf *out, const void *data, size_t len)
{
    if (data == NULL) {
        wr_buf_char(out, '-');
    } else if (len > 20) {
        wr_buf_printf(out, "%.8s..%zu", (const char *)data, len);
    } else {
        wr_buf_printf(out, "%.*s", (int)len, (const char *)data);
    }
}

static void say_record(const struct session *s, const rd_kafka_message_t *m, bool times,
                       struct wr_buf *out)
{
    wr_buf_printf(out, " %" PRId64 ":", m->offset);
    say_text(out, m->key, m->key_len);
    wr_buf_char(out, '=');
    say_text(out, m->payload, m->len);
    if (times) {
        rd_kafka_timestamp_type_t type;
        int64_t time = rd_kafka_message_timestamp(m, &type);
        if (type == RD_KAFKA_TIMESTAMP_LOG_APPEND_TIME) {
            wr_buf_str(out, "@append");
        } else {
            wr_buf_printf(out, "@%" PRId64, time - s->base_ms);
        }
    }
}

static int64_t read_from(const char *word)
{
    return strcmp(word, "earliest") == 0 ? RD_KAFKA_OFFSET_BEGINNING
           : strcmp(word, "latest") == 0 ? RD_KAFKA_OFFSET_END
                                         : step_number(word);
}

/* Append the records of a partition up to its end; returns how many. */
static int read_all(struct session *s, const struct step *t, int64_t from, struct wr_buf *out)
{
    int64_t until = step_number(step_option(t, "until", "9223372036854775807"));
    rd_kafka_t *rk = reader(s, step_has(t, "committed"));
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, t->words[1], (int32_t)step_number(t->words[2]))
        ->offset = from;
    rd_kafka_assign(rk, list);
    rd_kafka_topic_partition_list_destroy(list);
    int records = 0;
    for (bool going = true; going;) {
        rd_kafka_message_t *m = rd_kafka_consumer_poll(rk, ANSWER_MS);
        if (m == NULL) {
            session_die("a read was not answered");
        }
        if (m->err == RD_KAFKA_RESP_ERR_NO_ERROR && m->offset < until) {
            say_record(s, m, step_has(t, "times"), out);
            records++;
        } else if (m->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
            wr_buf_printf(out, " end %" PRId64, m->offset);
            going = false;
        } else {
            wr_buf_printf(out, " %s",
                          m->err == RD_KAFKA_RESP_ERR_NO_ERROR ? "more"
                                                               : rd_kafka_err2name(m->err));
            going = false;
        }
        rd_kafka_message_destroy(m);
    }
    rd_kafka_consumer_close(rk);
    rd_kafka_destroy(rk);
    return records;
}

/* read TOPIC PARTITION FROM [committed] [times] [until=OFFSET] */
void session_read(struct session *s, const struct step *t)
{
    struct wr_buf out = {0};
    read_all(s, t, read_from(t->words[3]), &out);
    session_say(s, "%s", out.len == 0 ? "" : wr_buf_cstr(&out) + 1);
    wr_buf_free(&out);
}

static int64_t clock_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* compacted TOPIC PARTITION COUNT: wait until no more records are left than that */
void session_compacted(struct session *s, const struct step *t)
{
    struct wr_buf out = {0};
    int64_t wanted = step_number(t->words[3]);
    for (int64_t end = clock_ms() + COMPACTION_MS; clock_ms() < end; wait_ms(5 * POLL_MS)) {
        wr_buf_reset(&out);
        if (read_all(s, t, RD_KAFKA_OFFSET_BEGINNING, &out) <= wanted) {
            break;
        }
    }
    session_say(s, "%s", wr_buf_cstr(&out) + 1);
    wr_buf_free(&out);
}

/* watermarks TOPIC PARTITION [committed] */
void session_watermarks(struct session *s, const struct step *t)
{
    int64_t low = -1;
    int64_t high = -1;
    rd_kafka_t *rk = reader(s, step_has(t, "committed"));
    rd_kafka_resp_err_t code = rd_kafka_query_watermark_offsets(
        rk, t->words[1], (int32_t)step_number(t->words[2]), &low, &high, 5000);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
        session_say(s, "%" PRId64 " to %" PRId64, low, high);
    } else {
        session_say_error(s, code);
    }
    rd_kafka_destroy(rk);
}

/* time TOPIC PARTITION MS [committed] */
void session_time(struct session *s, const struct step *t)
{
    rd_kafka_t *rk = reader(s, step_has(t, "committed"));
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, t->words[1], (int32_t)step_number(t->words[2]))
        ->offset = s->base_ms + step_number(t->words[3]);
    rd_kafka_resp_err_t code = rd_kafka_offsets_for_times(rk, list, 5000);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
        session_say_positions(s, list);
    } else {
        session_say_error(s, code);
    }
    rd_kafka_topic_partition_list_destroy(list);
    rd_kafka_destroy(rk);
}
