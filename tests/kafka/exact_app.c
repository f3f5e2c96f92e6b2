/* exact_app.c -- the applications that scripts/exact kills.
 *
 *     exact_app TOPOLOGY IN OUT [ARGUMENTS OF weir_main]
 *
 * Values of IN are texts "ID USER WORD..."; what comes out depends on each of them exactly once:
 *
 *     pass    the record as it is; no state
 *     words   WORD -> how often so far, an i64; a word "~N" also sleeps for N ms
 *     other   the same with another store: another identity
 *     chain   by user {count, last id}, then every change of that by bucket of users
 *             -> "N COUNTS IDS": changes so far, sum of the users' counts, sum of the ids
 *
 * Thread: stream threads; all state is in stores.
 */
#include "src/base/base.h"

#include <stdio.h>
#include <time.h>
#include <weir/weir.h>

enum { BUCKETS = 32 };

struct topics {
    const char *in;
    const char *out;
};

struct user {
    int64_t count;
    int64_t last_id;
};

struct bucket {
    int64_t changes;
    int64_t counts;
    int64_t ids;
};

/* Take the next word off a text; empty at its end. */
static struct weir_bytes next_word(struct weir_bytes *rest)
{
    const char *at = rest->data;
    const char *space = rest->len != 0 ? memchr(at, ' ', rest->len) : NULL;
    struct weir_bytes word = weir_view(at, space != NULL ? (size_t)(space - at) : rest->len);
    size_t taken = word.len + (space != NULL);
    *rest = weir_view(at + taken, rest->len - taken);
    return word;
}

/* The number that a view of decimal digits is. */
static int64_t number(struct weir_bytes digits)
{
    int64_t n = 0;
    for (size_t i = 0; i < digits.len; i++) {
        n = n * 10 + (((const char *)digits.data)[i] - '0');
    }
    return n;
}

/* ---- pass --------------------------------------------------------------------------------------
 */

static void build_pass(weir_topology *t, void *arg)
{
    const struct topics *topics = arg;
    weir_to(weir_from(t, topics->in, NULL), topics->out, NULL);
}

/* ---- words -------------------------------------------------------------------------------------
 */

static void sleep_ms(int64_t ms)
{
    struct timespec t = {ms / 1000, ms % 1000 * 1000000};
    nanosleep(&t, NULL);
}

static enum weir_code split(weir_ctx *c, const struct weir_record *r, void *state)
{
    (void)state;
    struct weir_bytes rest = r->value;
    struct weir_record word = *r;
    enum weir_code code = WEIR_OK;
    (void)next_word(&rest); /* id */
    (void)next_word(&rest); /* user */
    while (rest.len != 0 && code == WEIR_OK) {
        word.value = next_word(&rest);
        if (((const char *)word.value.data)[0] == '~') {
            sleep_ms(number(weir_view((const char *)word.value.data + 1, word.value.len - 1)));
        }
        code = weir_forward(c, &word);
    }
    return code;
}

static void build_counts(weir_topology *t, const struct topics *topics, const char *store)
{
    struct weir_node words = WEIR_NODE_INIT;
    words.value = weir_string(t);
    struct weir_table_options each = WEIR_TABLE_INIT;
    each.emit = WEIR_EMIT_EACH;
    weir_stream *stream = weir_flat_map_values(weir_from(t, topics->in, NULL), split, &words);
    weir_grouped *by_word = weir_group_by_field(stream, "by-word", "", weir_string(t));
    weir_to(weir_changes(weir_count(by_word, store, &each)), topics->out, NULL);
}

static void build_words(weir_topology *t, void *arg)
{
    build_counts(t, arg, "counts");
}

static void build_other(weir_topology *t, void *arg)
{
    build_counts(t, arg, "totals");
}

/* ---- chain -------------------------------------------------------------------------------------
 */

static enum weir_code key_of_user(weir_ctx *c, const struct weir_record *r, struct weir_record *out,
                                  void *state)
{
    (void)c, (void)state;
    struct weir_bytes rest = r->value;
    (void)next_word(&rest);
    out->key = next_word(&rest);
    return WEIR_OK;
}

static enum weir_code fold_user(weir_ctx *c, const struct weir_record *r,
                                struct weir_bytes *aggregate, void *state)
{
    (void)state;
    struct weir_bytes rest = r->value;
    struct user *user = weir_edit(c, aggregate, WEIR_STRUCT(user, 1));
    if (user == NULL) {
        return weir_fail(c, WEIR_EPROCESS, "the state of a user is another structure");
    }
    user->count++;
    user->last_id = number(next_word(&rest));
    return WEIR_OK;
}

static enum weir_code key_of_bucket(weir_ctx *c, const struct weir_record *r,
                                    struct weir_record *out, void *state)
{
    (void)state;
    out->key = weir_format(c, "b%d", (int)(number(r->key) % BUCKETS));
    return WEIR_OK;
}

static enum weir_code fold_bucket(weir_ctx *c, const struct weir_record *r,
                                  struct weir_bytes *aggregate, void *state)
{
    (void)state;
    const struct user *user = weir_peek_struct(c, r->value, WEIR_STRUCT(user, 1));
    struct bucket *bucket = weir_edit(c, aggregate, WEIR_STRUCT(bucket, 1));
    if (user == NULL || bucket == NULL) {
        return weir_fail(c, WEIR_EPROCESS, "a user or a bucket is another structure");
    }
    bucket->changes++;
    bucket->counts += user->count;
    bucket->ids += user->last_id;
    return WEIR_OK;
}

static enum weir_code show_bucket(weir_ctx *c, const struct weir_record *r, struct weir_record *out,
                                  void *state)
{
    (void)state;
    const struct bucket *b = weir_peek_struct(c, r->value, WEIR_STRUCT(bucket, 1));
    if (b == NULL) {
        return weir_fail(c, WEIR_EPROCESS, "a bucket is another structure");
    }
    out->value = weir_format(c, "%lld %lld %lld", (long long)b->changes, (long long)b->counts,
                             (long long)b->ids);
    return WEIR_OK;
}

static void build_chain(weir_topology *t, void *arg)
{
    const struct topics *topics = arg;
    struct weir_node by_user = WEIR_NODE_INIT;
    by_user.key = weir_string(t);
    struct weir_repartition_options through = WEIR_REPARTITION_INIT;
    through.name = "by-user";
    struct weir_table_options users = WEIR_TABLE_INIT;
    users.emit = WEIR_EMIT_EACH;
    users.value = weir_struct_codec(t, WEIR_STRUCT(user, 1));
    struct weir_node by_bucket = WEIR_NODE_INIT;
    by_bucket.name = "by-bucket";
    by_bucket.key = weir_string(t);
    struct weir_table_options buckets = WEIR_TABLE_INIT;
    buckets.emit = WEIR_EMIT_EACH;
    buckets.value = weir_struct_codec(t, WEIR_STRUCT(bucket, 1));
    struct weir_node shown = WEIR_NODE_INIT;
    shown.value = weir_string(t);

    weir_stream *events = weir_select_key(weir_from(t, topics->in, NULL), key_of_user, &by_user);
    weir_grouped *grouped = weir_group_by_key(weir_repartition(events, &through), NULL);
    weir_stream *changes = weir_changes(weir_aggregate(grouped, "users", fold_user, &users));
    weir_grouped *rest = weir_group_by(changes, key_of_bucket, &by_bucket);
    weir_stream *totals = weir_changes(weir_aggregate(rest, "buckets", fold_bucket, &buckets));
    weir_to(weir_map_values(totals, show_bucket, &shown), topics->out, NULL);
}

static const struct {
    const char *name;
    weir_build_fn *build;
} topologies[] = {
    {"pass", build_pass},
    {"words", build_words},
    {"other", build_other},
    {"chain", build_chain},
};

int main(int argc, char **argv)
{
    for (size_t i = 0; argc > 3 && i < sizeof topologies / sizeof topologies[0]; i++) {
        if (strcmp(argv[1], topologies[i].name) == 0) {
            struct topics topics = {argv[2], argv[3]};
            argv[3] = argv[0];
            return weir_main(argc - 3, argv + 3, "exact", topologies[i].build, &topics);
        }
    }
    fprintf(stderr, "usage: exact_app pass|words|other|chain IN OUT [OPTION...]\n");
    return 2;
}
