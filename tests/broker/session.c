/* session.c -- runs a script of steps against a cluster and prints one line for each: the step and
 * its answer, without anything that differs from run to run (ids, times of the machine).
 *
 *   session SERVERS SCRIPT
 *
 * Ends with code 0 when the script is through, whatever the answers were.
 */
#include "src/base/base.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "src/base/mem.h"
#include "tests/broker/session.h"

enum { LINE_MAX_BYTES = 4096 };

void session_die(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fflush(stdout);
    fputs("session: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    exit(2);
}

/* ---- words ----------------------------------------------------------------------------------- */

const char *step_option(const struct step *t, const char *name, const char *otherwise)
{
    size_t len = strlen(name);
    for (int i = 0; i < t->option_count; i++) {
        if (strncmp(t->options[i], name, len) == 0 && t->options[i][len] == '=') {
            return t->options[i] + len + 1;
        }
    }
    return otherwise;
}

bool step_has(const struct step *t, const char *word)
{
    for (int i = 1; i < t->count; i++) {
        if (strcmp(t->words[i], word) == 0) {
            return true;
        }
    }
    return false;
}

int64_t step_number(const char *text)
{
    char *end;
    long long v = strtoll(text, &end, 10);
    if (end == text || *end != '\0') {
        session_die("\"%s\" is no number", text);
    }
    return v;
}

void session_say(struct session *s, const char *format, ...)
{
    char text[LINE_MAX_BYTES];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    wr_assert(n >= 0);
    if (s->out.len > 0) {
        wr_buf_char(&s->out, ' ');
    }
    wr_buf_str(&s->out, text);
}

void session_say_error(struct session *s, rd_kafka_resp_err_t code)
{
    session_say(s, "%s", code == RD_KAFKA_RESP_ERR_NO_ERROR ? "ok" : rd_kafka_err2name(code));
}

void session_add_position(rd_kafka_topic_partition_list_t *list, const char *text)
{
    char copy[LINE_MAX_BYTES];
    snprintf(copy, sizeof copy, "%s", text);
    char *rest = NULL;
    const char *topic = strtok_r(copy, ":", &rest);
    const char *partition = strtok_r(NULL, ":", &rest);
    const char *offset = strtok_r(NULL, ":", &rest);
    const char *metadata = strtok_r(NULL, ":", &rest);
    if (topic == NULL || partition == NULL) {
        session_die("\"%s\" is not TOPIC:PARTITION[:OFFSET[:METADATA]]", text);
    }
    rd_kafka_topic_partition_t *p =
        rd_kafka_topic_partition_list_add(list, topic, (int32_t)step_number(partition));
    p->offset = offset == NULL ? RD_KAFKA_OFFSET_INVALID : step_number(offset);
    if (metadata != NULL) {
        p->metadata_size = strlen(metadata);
        p->metadata = strdup(metadata); /* the list frees it */
    }
}

static int by_place(const void *a, const void *b, void *arg)
{
    const rd_kafka_topic_partition_t *x = a;
    const rd_kafka_topic_partition_t *y = b;
    int order = strcmp(x->topic, y->topic);
    WR_UNUSED(arg);
    return order != 0 ? order : x->partition - y->partition;
}

void session_say_positions(struct session *s, const rd_kafka_topic_partition_list_t *list)
{
    rd_kafka_topic_partition_list_t *sorted = rd_kafka_topic_partition_list_copy(list);
    rd_kafka_topic_partition_list_sort(sorted, by_place, NULL);
    for (int i = 0; i < sorted->cnt; i++) {
        const rd_kafka_topic_partition_t *p = &sorted->elems[i];
        session_say(s, "%s:%d", p->topic, p->partition);
        if (p->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
            session_say_error(s, p->err);
        } else if (p->offset != RD_KAFKA_OFFSET_INVALID) {
            session_say(s, "= %" PRId64 "%s%.*s", p->offset, p->metadata_size > 0 ? " " : "",
                        (int)p->metadata_size, (const char *)p->metadata);
        }
    }
    rd_kafka_topic_partition_list_destroy(sorted);
}

/* ---- clients --------------------------------------------------------------------------------- */

static void ignore_log(const rd_kafka_t *rk, int level, const char *facility, const char *text)
{
    WR_UNUSED(rk);
    WR_UNUSED(level);
    WR_UNUSED(facility);
    WR_UNUSED(text);
}

rd_kafka_t *session_handle(struct session *s, rd_kafka_type_t type, const char *const *settings)
{
    char why[512];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set_events(conf, RD_KAFKA_EVENT_DR);
    rd_kafka_conf_set_log_cb(conf, getenv("SESSION_LOG") == NULL ? ignore_log : NULL);
    const char *const common[] = {"bootstrap.servers",
                                  s->servers,
                                  "topic.metadata.propagation.max.ms",
                                  "3000",
                                  "allow.auto.create.topics",
                                  "false",
                                  NULL};
    const char *const *lists[] = {common, settings};
    for (size_t k = 0; k < WR_ARRAY_LEN(lists); k++) {
        for (const char *const *p = lists[k]; *p != NULL; p += 2) {
            if (type == RD_KAFKA_PRODUCER && strcmp(p[0], "allow.auto.create.topics") == 0) {
                continue;
            }
            if (rd_kafka_conf_set(conf, p[0], p[1], why, sizeof why) != RD_KAFKA_CONF_OK) {
                session_die("%s", why);
            }
        }
    }
    rd_kafka_t *rk = rd_kafka_new(type, conf, why, sizeof why);
    if (rk == NULL) {
        session_die("%s", why);
    }
    return rk;
}

static struct session_client *look_up(struct session *s, const char *name)
{
    for (int i = 0; i < s->client_count; i++) {
        if (strcmp(s->clients[i].name, name) == 0) {
            return &s->clients[i];
        }
    }
    return NULL;
}

struct session_client *session_find(struct session *s, const char *name)
{
    struct session_client *c = look_up(s, name);
    if (c == NULL) {
        session_die("there is no client \"%s\"", name);
    }
    return c;
}

struct session_client *session_add(struct session *s, const char *name, rd_kafka_t *rk,
                                   const char *group)
{
    if (s->client_count == CLIENTS_MAX || look_up(s, name) != NULL) {
        session_die("client \"%s\" is one too many", name);
    }
    struct session_client *c = &s->clients[s->client_count++];
    *c = (struct session_client){.name = wr_strdup(name), .group = wr_strdup(group), .rk = rk};
    return c;
}

void session_forget(struct session_client *c)
{
    if (c->touched != NULL) {
        rd_kafka_topic_partition_list_destroy(c->touched);
        c->touched = NULL;
    }
    while (c->sent_count > 0) {
        c->sent_count--;
        wr_free(c->sent[c->sent_count].group);
        rd_kafka_topic_partition_list_destroy(c->sent[c->sent_count].list);
    }
}

void session_remove(struct session *s, struct session_client *c)
{
    session_forget(c);
    rd_kafka_destroy(c->rk);
    wr_free(c->name);
    wr_free(c->group);
    *c = s->clients[--s->client_count];
}

/* ---- steps ----------------------------------------------------------------------------------- */

static void run_sleep(struct session *s, const struct step *t)
{
    int64_t ms = step_number(t->words[1]);
    struct timespec wait = {ms / 1000, ms % 1000 * 1000000};
    nanosleep(&wait, NULL);
    session_say(s, "ok");
}

static const struct {
    const char *verb;
    int least; /* words behind the verb */
    session_step *run;
} verbs[] = {
    {"create", 2, session_create},
    {"delete", 1, session_delete},
    {"grow", 2, session_grow},
    {"alter", 1, session_alter},
    {"config", 1, session_config},
    {"delete-records", 3, session_delete_records},
    {"producer", 1, session_producer},
    {"produce", 5, session_produce},
    {"begin", 1, session_begin},
    {"commit", 1, session_commit},
    {"abort", 1, session_abort},
    {"offsets", 3, session_offsets},
    {"close", 1, session_close},
    {"read", 3, session_read},
    {"compacted", 3, session_compacted},
    {"watermarks", 2, session_watermarks},
    {"time", 3, session_time},
    {"join", 3, session_join},
    {"settle", 2, session_settle},
    {"leave", 1, session_leave},
    {"commit-member", 2, session_commit_member},
    {"describe", 1, session_describe},
    {"groups", 1, session_groups},
    {"delete-group", 1, session_delete_group},
    {"positions", 1, session_positions},
    {"set-positions", 2, session_set_positions},
    {"forget-positions", 2, session_forget_positions},
    {"sleep", 1, run_sleep},
};

static void run_step(struct session *s, const struct step *t)
{
    for (size_t i = 0; i < WR_ARRAY_LEN(verbs); i++) {
        if (strcmp(verbs[i].verb, t->words[0]) == 0) {
            if (t->count - 1 < verbs[i].least) {
                session_die("\"%s\" takes %d words", t->words[0], verbs[i].least);
            }
            verbs[i].run(s, t);
            return;
        }
    }
    session_die("there is no step \"%s\"", t->words[0]);
}

static void read_step(char *line, struct step *t)
{
    char *rest = NULL;
    *t = (struct step){0};
    for (char *w = strtok_r(line, " \t\n", &rest); w != NULL; w = strtok_r(NULL, " \t\n", &rest)) {
        if (t->count == WORDS_MAX || t->option_count == WORDS_MAX) {
            session_die("a line has too many words");
        }
        if (t->count > 0 && strchr(w, '=') != NULL) {
            t->options[t->option_count++] = w;
        } else {
            t->words[t->count++] = w;
        }
    }
}

static void run_script(struct session *s, FILE *script)
{
    char line[LINE_MAX_BYTES];
    char words[LINE_MAX_BYTES];
    for (int number = 1; fgets(line, sizeof line, script) != NULL; number++) {
        line[strcspn(line, "\n")] = '\0';
        memcpy(words, line, sizeof words);
        struct step t;
        read_step(words, &t);
        if (t.count == 0 || t.words[0][0] == '#') {
            continue;
        }
        wr_buf_reset(&s->out);
        run_step(s, &t);
        printf("%d %s -> %s\n", number, line, wr_buf_cstr(&s->out));
        fflush(stdout);
    }
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        session_die("usage: session SERVERS SCRIPT");
    }
    FILE *script = fopen(argv[2], "r");
    if (script == NULL) {
        session_die("\"%s\" cannot be read", argv[2]);
    }
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    struct session s = {.servers = argv[1], .base_ms = (int64_t)now.tv_sec * 1000};
    s.admin = session_handle(&s, RD_KAFKA_PRODUCER, (const char *const[]){NULL});
    s.answers = rd_kafka_queue_new(s.admin);
    run_script(&s, script);
    fclose(script);
    while (s.client_count > 0) {
        session_remove(&s, &s.clients[0]);
    }
    rd_kafka_queue_destroy(s.answers);
    rd_kafka_destroy(s.admin);
    wr_buf_free(&s.out);
    return 0;
}
