/* topics.c -- topics in order of their names.
 *
 * Invariants (wr_topics_check walks them): names rise; ids are not zero and no two are the same;
 * every partition has a log that reads its topic's configuration; `partitions` counts them.
 */
#include "src/base/base.h"

#include <string.h>

#include "broker/topics.h"
#include "src/base/buf.h"
#include "src/base/mem.h"
#include "src/kproto/topic_name.h"

enum { ID_BYTES = 16 };

static const unsigned char no_id[ID_BYTES];

struct wr_topics {
    struct wr_topics_options options;
    struct wr_topic_entry **entries;
    size_t count;
    size_t cap;
    int32_t partitions; /* of all topics */
    struct wr_buf why;  /* the text of the last answer */
};

struct wr_topics *wr_topics_new(const struct wr_topics_options *options)
{
    struct wr_topics *t = WR_NEW(struct wr_topics);
    t->options = *options;
    return t;
}

static void free_entry(struct wr_topic_entry *e)
{
    for (int32_t i = 0; i < e->partition_count; i++) {
        wr_partition_log_free(e->partitions[i]);
    }
    wr_free(e->partitions);
    wr_topic_values_free(&e->values);
    wr_free(e->name);
    wr_free(e);
}

void wr_topics_free(struct wr_topics *t)
{
    if (t == NULL) {
        return;
    }
    for (size_t i = 0; i < t->count; i++) {
        free_entry(t->entries[i]);
    }
    wr_free(t->entries);
    wr_buf_free(&t->why);
    wr_free(t);
}

void wr_topics_check(const struct wr_topics *t)
{
    int64_t partitions = 0;
    for (size_t i = 0; i < t->count; i++) {
        const struct wr_topic_entry *e = t->entries[i];
        wr_assert(i == 0 || strcmp(t->entries[i - 1]->name, e->name) < 0);
        wr_assert(memcmp(e->id, no_id, ID_BYTES) != 0);
        for (size_t k = 0; k < i; k++) {
            wr_assert(memcmp(e->id, t->entries[k]->id, ID_BYTES) != 0);
        }
        wr_assert(e->partition_count > 0);
        for (int32_t p = 0; p < e->partition_count; p++) {
            wr_partition_log_check(e->partitions[p]);
        }
        partitions += e->partition_count;
    }
    wr_assert(partitions == t->partitions);
}

/* ---- finding --------------------------------------------------------------------------------- */

/* Where a topic of this name is, or would be. */
static size_t position(const struct wr_topics *t, const char *name, bool *found)
{
    size_t low = 0;
    size_t high = t->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(t->entries[middle]->name, name);
        if (order == 0) {
            *found = true;
            return middle;
        }
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    *found = false;
    return low;
}

struct wr_topic_entry *wr_topics_find(struct wr_topics *t, const char *name)
{
    bool found;
    size_t i = position(t, name, &found);
    return found ? t->entries[i] : NULL;
}

struct wr_topic_entry *wr_topics_find_id(struct wr_topics *t, const unsigned char id[ID_BYTES])
{
    for (size_t i = 0; i < t->count; i++) {
        if (memcmp(t->entries[i]->id, id, ID_BYTES) == 0) {
            return t->entries[i];
        }
    }
    return NULL;
}

size_t wr_topics_count(const struct wr_topics *t)
{
    return t->count;
}

struct wr_topic_entry *wr_topics_at(struct wr_topics *t, size_t i)
{
    wr_assert(i < t->count);
    return t->entries[i];
}

struct wr_partition_log *wr_topics_partition(struct wr_topics *t, const char *name,
                                             int32_t partition)
{
    const struct wr_topic_entry *e = wr_topics_find(t, name);
    return e != NULL && partition >= 0 && partition < e->partition_count ? e->partitions[partition]
                                                                         : NULL;
}

/* ---- creating, growing, deleting ------------------------------------------------------------- */

static enum wr_kafka_error answer(struct wr_topics *t, enum wr_kafka_error error, const char **why)
{
    *why = error == WR_KE_NONE ? NULL : wr_buf_cstr(&t->why);
    return error;
}

/* Kafka makes metric names of topic names, where '.' and '_' are the same. */
static bool collides(const char *a, const char *b)
{
    for (; *a != '\0' && *b != '\0'; a++, b++) {
        if ((*a == '.' ? '_' : *a) != (*b == '.' ? '_' : *b)) {
            return false;
        }
    }
    return *a == *b;
}

static enum wr_kafka_error check_name(struct wr_topics *t, const char *name)
{
    if (wr_topics_find(t, name) != NULL) {
        wr_buf_printf(&t->why, "topic \"%s\" is already there", name);
        return WR_KE_TOPIC_ALREADY_EXISTS;
    }
    if (strcmp(name, "__cluster_metadata") == 0) {
        wr_buf_str(&t->why, "topic \"__cluster_metadata\" is Kafka's own");
        return WR_KE_INVALID_REQUEST;
    }
    if (!wr_is_name(name)) {
        wr_buf_printf(&t->why,
                      "\"%s\" is no name for a topic: that is 1 to %d letters, digits, '.', '_' "
                      "and '-', but not \".\" or \"..\"",
                      name, WR_NAME_MAX);
        return WR_KE_INVALID_TOPIC_EXCEPTION;
    }
    for (size_t i = 0; i < t->count; i++) {
        if (collides(t->entries[i]->name, name)) {
            wr_buf_printf(&t->why, "topic \"%s\" collides with topic \"%s\"", name,
                          t->entries[i]->name);
            return WR_KE_INVALID_TOPIC_EXCEPTION;
        }
    }
    return WR_KE_NONE;
}

static enum wr_kafka_error check_room(struct wr_topics *t, size_t topics, int32_t partitions)
{
    if (t->count + topics > (size_t)t->options.max_topics ||
        partitions > t->options.max_partitions - t->partitions) {
        wr_buf_printf(&t->why, "this broker has room for %d topics with %d partitions together",
                      t->options.max_topics, t->options.max_partitions);
        return WR_KE_POLICY_VIOLATION;
    }
    return WR_KE_NONE;
}

static enum wr_kafka_error check_shape(struct wr_topics *t, const struct wr_topic_spec *spec)
{
    if (spec->replication != -1 && spec->replication != 1) {
        wr_buf_printf(&t->why, "a replication factor of %d is not possible with one broker",
                      spec->replication);
        return WR_KE_INVALID_REPLICATION_FACTOR;
    }
    if (spec->partitions < -1 || spec->partitions == 0) {
        wr_buf_printf(&t->why, "a topic cannot have %d partitions", spec->partitions);
        return WR_KE_INVALID_PARTITIONS;
    }
    return WR_KE_NONE;
}

/* ---- the journal ----------------------------------------------------------------------------- */

static void put_topic(const struct wr_topic_entry *e, struct wr_journal *j)
{
    struct wr_writer w;
    if (wr_journal_begin(j, WR_JOURNAL_TOPIC, &w)) {
        const struct wr_topic_config_entry *settings;
        struct wr_arena arena;
        wr_arena_init(&arena, 4096);
        wr_journal_put_text(&w, e->name);
        wr_write_uuid(&w, e->id);
        wr_write_i32(&w, e->partition_count);
        size_t count = wr_topic_values_list(&e->values, &arena, &settings);
        for (size_t i = 0; i < count; i++) {
            if (!settings[i].is_default) {
                wr_journal_put_text(&w, settings[i].name);
                wr_journal_put_text(&w, settings[i].value);
            }
        }
        wr_arena_free(&arena);
        wr_journal_end(j);
    }
}

static void record_gone(const struct wr_topics *t, const char *name)
{
    struct wr_writer w;
    if (wr_journal_begin(t->options.journal, WR_JOURNAL_TOPIC_GONE, &w)) {
        wr_journal_put_text(&w, name);
        wr_journal_end(t->options.journal);
    }
}

void wr_topics_save(struct wr_topics *t, struct wr_journal *to)
{
    for (size_t i = 0; i < t->count; i++) {
        const struct wr_topic_entry *e = t->entries[i];
        put_topic(e, to);
        for (int32_t p = 0; p < e->partition_count; p++) {
            wr_partition_log_save(e->partitions[p], to);
        }
    }
}

/* Settings as changes of what is not set yet, for wr_free. */
static struct wr_config_change *as_changes(const struct wr_topic_setting *settings, size_t count)
{
    struct wr_config_change *changes = wr_calloc(count, sizeof *changes);
    for (size_t i = 0; i < count; i++) {
        changes[i] = (struct wr_config_change){settings[i].name, settings[i].value, WR_CONFIG_SET};
    }
    return changes;
}

static void set_values(struct wr_topic_entry *e, struct wr_topic_values *values)
{
    wr_topic_values_free(&e->values);
    e->values = *values;
    wr_topic_values_log_config(&e->values, &e->log_config);
}

static void add_partitions(struct wr_topics *t, struct wr_topic_entry *e, int32_t count)
{
    e->partitions = wr_realloc_array(e->partitions, (size_t)count, sizeof *e->partitions);
    for (int32_t i = e->partition_count; i < count; i++) {
        e->partitions[i] = wr_partition_log_new(&e->log_config);
        wr_partition_log_keep(e->partitions[i], t->options.journal, e->name, i);
    }
    t->partitions += count - e->partition_count;
    e->partition_count = count;
}

static void new_id(struct wr_topics *t, unsigned char id[ID_BYTES])
{
    do {
        uint64_t random[2] = {wr_rng_next(t->options.rng), wr_rng_next(t->options.rng)};
        memcpy(id, random, ID_BYTES);
    } while (memcmp(id, no_id, ID_BYTES) == 0 || wr_topics_find_id(t, id) != NULL);
}

static struct wr_topic_entry *add_topic(struct wr_topics *t, const char *name,
                                        const unsigned char id[ID_BYTES], int32_t partitions,
                                        struct wr_topic_values *values)
{
    struct wr_topic_entry *e = WR_NEW(struct wr_topic_entry);
    e->name = wr_strdup(name);
    e->internal =
        strcmp(name, "__consumer_offsets") == 0 || strcmp(name, "__transaction_state") == 0;
    e->replication = 1;
    memcpy(e->id, id, ID_BYTES);
    set_values(e, values);
    add_partitions(t, e, partitions);

    if (t->count == t->cap) {
        t->cap = t->cap == 0 ? 16 : t->cap * 2;
        t->entries = wr_realloc_array(t->entries, t->cap, sizeof(struct wr_topic_entry *));
    }
    bool found;
    size_t at = position(t, e->name, &found);
    wr_assert(!found);
    memmove(t->entries + at + 1, t->entries + at, (t->count - at) * sizeof *t->entries);
    t->entries[at] = e;
    t->count++;
    return e;
}

static int32_t partitions_of(const struct wr_topics *t, const struct wr_topic_spec *spec)
{
    return spec->partitions == -1 ? t->options.default_partitions : spec->partitions;
}

enum wr_kafka_error wr_topics_create(struct wr_topics *t, const struct wr_topic_spec *spec,
                                     const char **why)
{
    int32_t partitions = partitions_of(t, spec);
    struct wr_topic_values values = {0};
    wr_buf_reset(&t->why);
    enum wr_kafka_error error = check_name(t, spec->name);
    if (error == WR_KE_NONE) {
        struct wr_config_change *changes = as_changes(spec->settings, spec->setting_count);
        error = wr_topic_values_change(&values, changes, spec->setting_count, &t->why);
        wr_free(changes);
    }
    if (error == WR_KE_NONE) {
        error = check_shape(t, spec);
    }
    if (error == WR_KE_NONE) {
        error = check_room(t, 1, partitions);
    }
    if (error == WR_KE_NONE && !spec->validate_only) {
        unsigned char id[ID_BYTES];
        new_id(t, id);
        put_topic(add_topic(t, spec->name, id, partitions, &values), t->options.journal);
    } else {
        wr_topic_values_free(&values);
    }
    return answer(t, error, why);
}

void wr_topics_preview(struct wr_topics *t, const struct wr_topic_spec *spec,
                       struct wr_arena *arena, struct wr_topic_preview *out)
{
    struct wr_topic_values values = {0};
    struct wr_buf why = {0};
    struct wr_config_change *changes = as_changes(spec->settings, spec->setting_count);
    enum wr_kafka_error error = wr_topic_values_change(&values, changes, spec->setting_count, &why);
    wr_assert(error == WR_KE_NONE);
    *out = (struct wr_topic_preview){.partitions = partitions_of(t, spec), .replication = 1};
    const struct wr_topic_config_entry *all;
    out->config_count = wr_topic_values_list(&values, arena, &all);
    struct wr_topic_config_entry *own = wr_arena_dup(arena, all, out->config_count * sizeof *all);
    for (size_t i = 0; i < out->config_count; i++) {
        own[i].value = wr_arena_strdup(arena, all[i].value);
    }
    out->configs = own;
    const struct wr_topic_entry *e = wr_topics_find(t, spec->name);
    if (e != NULL) {
        memcpy(out->id, e->id, ID_BYTES);
    } else {
        new_id(t, out->id);
    }
    wr_topic_values_free(&values);
    wr_free(changes);
    wr_buf_free(&why);
}

enum wr_kafka_error wr_topics_delete(struct wr_topics *t, const char *name)
{
    bool found;
    size_t at = position(t, name, &found);
    if (!found) {
        return WR_KE_UNKNOWN_TOPIC_OR_PARTITION;
    }
    record_gone(t, name);
    t->partitions -= t->entries[at]->partition_count;
    free_entry(t->entries[at]);
    t->count--;
    memmove(t->entries + at, t->entries + at + 1, (t->count - at) * sizeof *t->entries);
    return WR_KE_NONE;
}

/* What is set; false if that cannot be. */
static bool load_values(struct wr_topics *t, struct wr_reader *r, struct wr_arena *arena,
                        struct wr_topic_values *values)
{
    while (!r->failed && r->at < r->end) {
        struct wr_config_change set = {.op = WR_CONFIG_SET};
        set.name = wr_journal_name(r, arena);
        set.value = wr_journal_name(r, arena);
        if (r->failed || wr_topic_values_change(values, &set, 1, &t->why) != WR_KE_NONE) {
            return false;
        }
    }
    return !r->failed;
}

static bool load_topic(struct wr_topics *t, struct wr_reader *r, struct wr_arena *arena,
                       struct wr_topic_values *values)
{
    unsigned char id[ID_BYTES];
    const char *name = wr_journal_name(r, arena);
    wr_read_uuid(r, id);
    int32_t count = wr_read_i32(r);
    struct wr_topic_entry *e = wr_topics_find(t, name);
    int32_t has = e != NULL ? e->partition_count : 0;
    wr_buf_reset(&t->why);
    if (!load_values(t, r, arena, values) || count < 1 || count < has ||
        check_room(t, e == NULL, count - has) != WR_KE_NONE || wr_topics_find_id(t, id) != e) {
        return false;
    }
    if (e != NULL) {
        set_values(e, values);
        add_partitions(t, e, count);
        return true;
    }
    if (check_name(t, name) != WR_KE_NONE || memcmp(id, no_id, ID_BYTES) == 0) {
        return false;
    }
    add_topic(t, name, id, count, values);
    return true;
}

bool wr_topics_load(struct wr_topics *t, struct wr_reader *r, struct wr_arena *arena)
{
    struct wr_topic_values values = {0};
    bool loaded = load_topic(t, r, arena, &values);
    if (!loaded) {
        wr_topic_values_free(&values);
    }
    return loaded;
}

static enum wr_kafka_error check_growth(struct wr_topics *t, const char *name,
                                        const struct wr_topic_entry *e, int32_t count)
{
    if (e == NULL) {
        wr_buf_printf(&t->why, "there is no topic \"%s\"", name);
        return WR_KE_UNKNOWN_TOPIC_OR_PARTITION;
    }
    if (count <= e->partition_count) {
        wr_buf_printf(&t->why, "topic \"%s\" has %d partitions and cannot get %d", name,
                      e->partition_count, count);
        return WR_KE_INVALID_PARTITIONS;
    }
    return check_room(t, 0, count - e->partition_count);
}

enum wr_kafka_error wr_topics_grow(struct wr_topics *t, const char *name, int32_t count,
                                   bool validate_only, const char **why)
{
    struct wr_topic_entry *e = wr_topics_find(t, name);
    wr_buf_reset(&t->why);
    enum wr_kafka_error error = check_growth(t, name, e, count);
    if (error == WR_KE_NONE && !validate_only) {
        add_partitions(t, e, count);
        put_topic(e, t->options.journal);
    }
    return answer(t, error, why);
}

/* ---- configuration --------------------------------------------------------------------------- */

size_t wr_topic_config_list(const struct wr_topic_entry *e, struct wr_arena *arena,
                            const struct wr_topic_config_entry **out)
{
    return wr_topic_values_list(&e->values, arena, out);
}

static enum wr_kafka_error check_changes(struct wr_topics *t,
                                         const struct wr_config_change *changes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (changes[i].value == NULL && changes[i].op != WR_CONFIG_DELETE) {
            wr_buf_printf(&t->why, "topic configuration \"%s\" has no value", changes[i].name);
            return WR_KE_INVALID_REQUEST;
        }
        for (size_t k = 0; k < i; k++) {
            if (strcmp(changes[k].name, changes[i].name) == 0) {
                wr_buf_printf(&t->why, "topic configuration \"%s\" is there twice",
                              changes[i].name);
                return WR_KE_INVALID_REQUEST;
            }
        }
    }
    return WR_KE_NONE;
}

/* Make the changes in `values`, which is consumed; the outcome becomes that of e, which is NULL if
 * it is only to be checked. */
static enum wr_kafka_error alter(struct wr_topics *t, struct wr_topic_entry *e,
                                 struct wr_topic_values *values,
                                 const struct wr_config_change *changes, size_t count)
{
    wr_buf_reset(&t->why);
    enum wr_kafka_error error = check_changes(t, changes, count);
    if (error == WR_KE_NONE) {
        error = wr_topic_values_change(values, changes, count, &t->why);
    }
    if (error == WR_KE_NONE && e != NULL) {
        set_values(e, values);
        put_topic(e, t->options.journal);
    } else {
        wr_topic_values_free(values);
    }
    return error;
}

enum wr_kafka_error wr_topic_config_change(struct wr_topics *t, struct wr_topic_entry *e,
                                           const struct wr_config_change *changes, size_t count,
                                           bool validate_only, const char **why)
{
    struct wr_topic_values values = {0};
    if (e != NULL) {
        wr_topic_values_copy(&values, &e->values);
    }
    return answer(t, alter(t, validate_only ? NULL : e, &values, changes, count), why);
}

enum wr_kafka_error wr_topic_config_replace(struct wr_topics *t, struct wr_topic_entry *e,
                                            const struct wr_topic_setting *settings, size_t count,
                                            bool validate_only, const char **why)
{
    struct wr_topic_values values = {0};
    struct wr_config_change *changes = as_changes(settings, count);
    enum wr_kafka_error error = alter(t, validate_only ? NULL : e, &values, changes, count);
    wr_free(changes);
    return answer(t, error, why);
}
