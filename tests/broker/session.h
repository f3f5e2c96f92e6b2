/* session.h -- the parts of the session runner (README.md has the language).
 *
 * A step is one line of a script; it appends its answer to `out`. Whatever the answer of a cluster
 * is, is an answer; only a wrong script, or no answer at all, ends the runner.
 */
#ifndef WR_SESSION_H
#define WR_SESSION_H

#include <librdkafka/rdkafka.h>

#include "src/base/base.h"
#include "src/base/buf.h"

enum {
    ANSWER_MS = 60000, /* after this long there is no answer */
    WORDS_MAX = 40,
    CLIENTS_MAX = 32,
    SENT_MAX = 16, /* times that a transaction sends positions */
};

struct step {
    char *words[WORDS_MAX]; /* the first is the verb */
    int count;
    char *options[WORDS_MAX]; /* name=value */
    int option_count;
};

struct session_client {
    char *name;
    char *group; /* NULL: a producer */
    rd_kafka_t *rk;
    /* What its open transaction has touched: partitions (NULL: none), positions in groups. */
    rd_kafka_topic_partition_list_t *touched;
    struct {
        char *group;
        rd_kafka_topic_partition_list_t *list;
    } sent[SENT_MAX];
    int sent_count;
};

struct session {
    const char *servers;
    int64_t base_ms; /* when the run began: times in scripts are relative to it */
    rd_kafka_t *admin;
    rd_kafka_queue_t *answers; /* of admin */
    struct session_client clients[CLIENTS_MAX];
    int client_count;
    struct wr_buf out;
};

WR_NORETURN void session_die(const char *format, ...) WR_PRINTF(1, 2);

/* The value of an option, or `otherwise`. */
const char *step_option(const struct step *t, const char *name, const char *otherwise);
bool step_has(const struct step *t, const char *word); /* behind the verb */
int64_t step_number(const char *text);
void session_say(struct session *s, const char *format, ...) WR_PRINTF(2, 3);
void session_say_error(struct session *s, rd_kafka_resp_err_t code); /* "ok", or the name */

/* "topic:partition:offset[:metadata]" */
void session_add_position(rd_kafka_topic_partition_list_t *list, const char *text);
void session_say_positions(struct session *s, const rd_kafka_topic_partition_list_t *list);

/* A new handle with settings "name", "value", ..., NULL. */
rd_kafka_t *session_handle(struct session *s, rd_kafka_type_t type, const char *const *settings);

struct session_client *session_find(struct session *s, const char *name);
struct session_client *session_add(struct session *s, const char *name, rd_kafka_t *rk,
                                   const char *group);
void session_remove(struct session *s, struct session_client *c); /* and its handle */
void session_forget(struct session_client *c); /* what its transaction has touched */

typedef void session_step(struct session *s, const struct step *t);

/* session_admin.c */
session_step session_create, session_delete, session_grow, session_alter, session_config,
    session_delete_records, session_describe, session_groups, session_delete_group,
    session_positions, session_set_positions, session_forget_positions;

/* Whether one of a group's positions waits for the end of a transaction. */
bool session_is_unstable(struct session *s, const char *group,
                         const rd_kafka_topic_partition_list_t *list);

/* session_clients.c */
session_step session_producer, session_produce, session_begin, session_commit, session_abort,
    session_offsets, session_close, session_read, session_watermarks, session_time,
    session_compacted;

/* session_members.c */
session_step session_join, session_settle, session_leave, session_commit_member;

#endif
