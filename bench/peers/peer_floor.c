/* peer_floor.c -- the least a C program on librdkafka can do: consume, perhaps count by key in a
 * hash table, produce, commit in transactions. No store, no framework.
 *
 *   floor -w consume|pass|mapfilter|count|wordcount -i IN -o OUT [-c CHANGELOG] [-m MIDDLE] -n N
 *         [-t SECONDS] [-I COMMIT_MS] [-e 0|1] [-a poll|queue|batch] [-u] [-l LINGER_MS] [-g GROUP]
 *         [-X CONSUMER_SETTING=VALUE ...]
 *
 * consume: read only. pass: every record to OUT. mapfilter: two fields of flat JSON, half of the
 * records. count: the running count of its key to OUT and CHANGELOG, for each record, or with -u
 * once for each touched key and commit. wordcount: the words of each line to MIDDLE, which is
 * counted by key; N counts words. -e 0: no transactions (flush, then commit offsets). -a: which
 * consumer call. Ends after N records or SECONDS after the first. Prints one line of JSON.
 */
#include "src/base/base.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "bench/peers/peer_util.h"

enum {
    KEY_MAX = 27,
    SLOTS = 1 << 22, /* of the hash table; a power of two, well above the number of keys */
    PARTITIONS_MAX = 1024,
    BATCH_MAX = 1024,
    POLL_MS = 50,
    TIMEOUT_MS = 120000,
    RECORDS_PER_CLOCK = 8, /* the clock is read once for so many records */
    LEAST_MS = 500,        /* mapfilter keeps what took at least so long */
};

enum work { CONSUME, PASS, MAPFILTER, COUNT, WORDCOUNT };
enum call { POLL, QUEUE, BATCH };

struct slot {
    uint64_t hash;
    uint64_t count;
    uint32_t epoch; /* of the transaction that touched it last */
    uint8_t key_len;
    char key[KEY_MAX];
};

struct floor {
    enum work work;
    enum call call;
    const char *in;
    const char *out_name;
    const char *log_name;
    const char *middle_name; /* of a word count */
    const char *group;
    const char *linger_ms;
    uint64_t records;
    double seconds;
    double commit_s;
    bool transactions;
    bool per_commit;
    rd_kafka_conf_t *consumer_conf;

    rd_kafka_t *consumer;
    rd_kafka_queue_t *queue;
    rd_kafka_t *producer;
    rd_kafka_topic_t *out;
    rd_kafka_topic_t *log;
    rd_kafka_topic_t *middle;
    struct slot *slots;
    uint32_t *touched;
    uint32_t touched_count;
    uint32_t epoch;
    int64_t positions[PARTITIONS_MAX];        /* -1: nothing read */
    int64_t middle_positions[PARTITIONS_MAX]; /* of a word count, the same */

    bool open; /* something is not committed yet */
    double commit_at;
    uint64_t done;
    uint64_t steady_from; /* how many were done at steady_at */
    uint64_t produced;
    uint64_t commits;
    double first_at;  /* the first record */
    double steady_at; /* a third of the load */
    double steady_cpu;
    double offsets_s;
    double commit_call_s;
    double starved_s; /* in polls that ended without a record */
};

static void check(rd_kafka_error_t *error, const char *doing)
{
    if (error != NULL) {
        peer_die("floor: could not %s: %s", doing, rd_kafka_error_string(error));
    }
}

static void consumer_setting(rd_kafka_conf_t *conf, char *text)
{
    char *value = strchr(text, '=');
    if (value == NULL) {
        peer_die("floor: \"%s\" is not SETTING=VALUE", text);
    }
    *value = '\0';
    peer_set(conf, text, value + 1);
}

static enum work work_of(const char *name)
{
    static const char *const names[] = {"consume", "pass", "mapfilter", "count", "wordcount"};
    for (size_t i = 0; i < WR_ARRAY_LEN(names); i++) {
        if (strcmp(name, names[i]) == 0) {
            return (enum work)i;
        }
    }
    peer_die("floor: there is no workload %s", name);
}

static enum call call_of(const char *name)
{
    if (strcmp(name, "queue") == 0) {
        return QUEUE;
    }
    return strcmp(name, "batch") == 0 ? BATCH : POLL;
}

static void parse(struct floor *f, int argc, char **argv)
{
    for (int c; (c = getopt(argc, argv, "w:i:o:c:m:n:t:I:e:a:ul:g:X:")) != -1;) {
        switch (c) {
        case 'w':
            f->work = work_of(optarg);
            break;
        case 'i':
            f->in = optarg;
            break;
        case 'o':
            f->out_name = optarg;
            break;
        case 'c':
            f->log_name = optarg;
            break;
        case 'm':
            f->middle_name = optarg;
            break;
        case 't':
            f->seconds = peer_real(optarg);
            break;
        case 'n':
            f->records = peer_number(optarg);
            break;
        case 'I':
            f->commit_s = (double)peer_number(optarg) / 1e3;
            break;
        case 'e':
            f->transactions = peer_number(optarg) != 0;
            break;
        case 'a':
            f->call = call_of(optarg);
            break;
        case 'u':
            f->per_commit = true;
            break;
        case 'l':
            f->linger_ms = optarg;
            break;
        case 'g':
            f->group = optarg;
            break;
        case 'X':
            consumer_setting(f->consumer_conf, optarg);
            break;
        default:
            peer_die("see the head of peer_floor.c");
        }
    }
    if (f->in == NULL || f->records == 0 || (f->work != CONSUME && f->out_name == NULL)) {
        peer_die("floor: -i, -n and, unless only reading, -o are needed");
    }
    if ((f->work == WORDCOUNT) != (f->middle_name != NULL)) {
        peer_die("floor: -m is needed for a word count and for nothing else");
    }
}

static void open_consumer(struct floor *f)
{
    rd_kafka_conf_t *conf = f->consumer_conf;
    peer_set(conf, "group.id", f->group);
    peer_set(conf, "auto.offset.reset", "earliest");
    peer_set(conf, "enable.auto.commit", "false");
    peer_set(conf, "enable.auto.offset.store", "false");
    peer_set(conf, "isolation.level", "read_committed");
    f->consumer = peer_client(RD_KAFKA_CONSUMER, conf);
    rd_kafka_poll_set_consumer(f->consumer);
    f->queue = rd_kafka_queue_get_consumer(f->consumer);
    rd_kafka_topic_partition_list_t *topics = rd_kafka_topic_partition_list_new(2);
    rd_kafka_topic_partition_list_add(topics, f->in, RD_KAFKA_PARTITION_UA);
    if (f->middle_name != NULL) {
        rd_kafka_topic_partition_list_add(topics, f->middle_name, RD_KAFKA_PARTITION_UA);
    }
    rd_kafka_resp_err_t err = rd_kafka_subscribe(f->consumer, topics);
    if (err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        peer_die("floor: could not subscribe: %s", rd_kafka_err2str(err));
    }
    rd_kafka_topic_partition_list_destroy(topics);
}

static void open_producer(struct floor *f)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    peer_set(conf, "linger.ms", f->linger_ms);
    peer_set(conf, "queue.buffering.max.messages", "1000000");
    peer_set(conf, "enable.idempotence", "true");
    if (f->transactions) {
        peer_set(conf, "transactional.id", f->group);
        /* A busy machine may starve the broker. */
        peer_set(conf, "transaction.timeout.ms", "180000");
    }
    f->producer = peer_client(RD_KAFKA_PRODUCER, conf);
    f->out = peer_keyed_topic(f->producer, f->out_name);
    if (f->middle_name != NULL) {
        f->middle = peer_keyed_topic(f->producer, f->middle_name);
    }
    if (f->log_name != NULL) {
        f->log = rd_kafka_topic_new(f->producer, f->log_name, NULL);
    }
    if (f->transactions) {
        check(rd_kafka_init_transactions(f->producer, TIMEOUT_MS), "start transactions");
    }
}

static void produce(struct floor *f, rd_kafka_topic_t *topic, int32_t partition,
                    struct weir_bytes key, struct weir_bytes value, int64_t time)
{
    for (;;) {
        rd_kafka_resp_err_t err = rd_kafka_producev(
            f->producer, RD_KAFKA_V_RKT(topic), RD_KAFKA_V_PARTITION(partition),
            RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_KEY(key.data, key.len),
            RD_KAFKA_V_VALUE((void *)value.data, value.len), RD_KAFKA_V_TIMESTAMP(time),
            RD_KAFKA_V_END);
        if (err == RD_KAFKA_RESP_ERR_NO_ERROR) {
            f->produced++;
            return;
        }
        if (err != RD_KAFKA_RESP_ERR__QUEUE_FULL) {
            peer_die("floor: could not send: %s", rd_kafka_err2str(err));
        }
        rd_kafka_poll(f->producer, 5);
    }
}

static void emit(struct floor *f, const struct slot *s, int32_t partition, int64_t time)
{
    uint64_t count = __builtin_bswap64(s->count);
    struct weir_bytes key = weir_view(s->key, s->key_len);
    struct weir_bytes value = weir_view(&count, sizeof count);
    if (f->log != NULL) {
        produce(f, f->log, partition, key, value, time);
    }
    produce(f, f->out, RD_KAFKA_PARTITION_UA, key, value, time);
}

static uint64_t hash_of(const char *key, size_t len)
{
    uint64_t h = 0x9e3779b97f4a7c15u;
    for (size_t i = 0; i < len; i += 8) {
        uint64_t word = 0;
        memcpy(&word, key + i, len - i < 8 ? len - i : 8);
        h = (h ^ word) * 0xff51afd7ed558ccdu;
        h ^= h >> 32;
    }
    return h;
}

static struct slot *find_slot(struct floor *f, const char *key, size_t len)
{
    uint64_t hash = hash_of(key, len);
    uint64_t i = hash % SLOTS;
    for (;; i = (i + 1) % SLOTS) {
        struct slot *s = &f->slots[i];
        if (s->key_len == 0) {
            s->hash = hash;
            s->key_len = (uint8_t)len;
            memcpy(s->key, key, len);
            return s;
        }
        if (s->hash == hash && s->key_len == len && memcmp(s->key, key, len) == 0) {
            return s;
        }
    }
}

static void count_record(struct floor *f, const rd_kafka_message_t *m)
{
    struct slot *s = find_slot(f, m->key, m->key_len < KEY_MAX ? m->key_len : KEY_MAX);
    s->count++;
    if (!f->per_commit) {
        emit(f, s, m->partition, rd_kafka_message_timestamp(m, NULL));
    } else if (s->epoch != f->epoch) {
        s->epoch = f->epoch;
        f->touched[f->touched_count++] = (uint32_t)(s - f->slots);
    }
}

/* {"page":"/p/1","ms":700,...} becomes "/p/1,700", and nothing when ms is below LEAST_MS. */
static void map_record(struct floor *f, const rd_kafka_message_t *m)
{
    static const char page_is[] = "\"page\":\"";
    static const char ms_is[] = "\"ms\":";
    const char *end = (const char *)m->payload + m->len;
    const char *page = memmem(m->payload, m->len, page_is, sizeof page_is - 1);
    const char *ms = memmem(m->payload, m->len, ms_is, sizeof ms_is - 1);
    if (page == NULL || ms == NULL) {
        return;
    }
    page += sizeof page_is - 1;
    ms += sizeof ms_is - 1;
    const char *page_end = memchr(page, '"', (size_t)(end - page));
    const char *ms_end = ms;
    int value = 0;
    for (; ms_end < end && *ms_end >= '0' && *ms_end <= '9'; ms_end++) {
        value = value * 10 + (*ms_end - '0');
    }
    char out[256];
    size_t page_len = page_end != NULL ? (size_t)(page_end - page) : 0;
    size_t ms_len = (size_t)(ms_end - ms);
    if (value < LEAST_MS || page_len + ms_len >= sizeof out) {
        return;
    }
    memcpy(out, page, page_len);
    out[page_len] = ',';
    memcpy(out + page_len + 1, ms, ms_len);
    produce(f, f->out, RD_KAFKA_PARTITION_UA, weir_view(m->key, m->key_len),
            weir_view(out, page_len + 1 + ms_len), rd_kafka_message_timestamp(m, NULL));
}

static void split_record(struct floor *f, const rd_kafka_message_t *m)
{
    const char *at = m->payload;
    const char *end = at + m->len;
    int64_t time = rd_kafka_message_timestamp(m, NULL);
    while (at < end) {
        const char *space = memchr(at, ' ', (size_t)(end - at));
        const char *stop = space != NULL ? space : end;
        if (stop != at) {
            struct weir_bytes word = weir_view(at, (size_t)(stop - at));
            produce(f, f->middle, RD_KAFKA_PARTITION_UA, word, word, time);
        }
        at = stop + 1;
    }
}

static void begin(struct floor *f)
{
    if (f->transactions) {
        check(rd_kafka_begin_transaction(f->producer), "begin a transaction");
    }
    f->open = true;
    f->commit_at = peer_now_s() + f->commit_s;
}

static void work_on(struct floor *f, const rd_kafka_message_t *m, bool line)
{
    switch (f->work) {
    case CONSUME:
        break;
    case PASS:
        produce(f, f->out, RD_KAFKA_PARTITION_UA, weir_view(m->key, m->key_len),
                weir_view(m->payload, m->len), rd_kafka_message_timestamp(m, NULL));
        break;
    case MAPFILTER:
        map_record(f, m);
        break;
    case COUNT:
        count_record(f, m);
        break;
    case WORDCOUNT:
        if (line) {
            split_record(f, m);
        } else {
            count_record(f, m);
        }
        break;
    }
}

static void process(struct floor *f, const rd_kafka_message_t *m)
{
    if (m->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        peer_die("floor: could not consume: %s", rd_kafka_message_errstr(m));
    }
    if (m->partition >= PARTITIONS_MAX) {
        peer_die("floor: more than %d partitions", PARTITIONS_MAX);
    }
    if (f->first_at == 0) {
        f->first_at = peer_now_s();
    }
    if (!f->open && f->work != CONSUME) {
        begin(f);
    }
    bool line = f->work == WORDCOUNT && strcmp(rd_kafka_topic_name(m->rkt), f->in) == 0;
    work_on(f, m, line);
    bool middle = f->work == WORDCOUNT && !line;
    (middle ? f->middle_positions : f->positions)[m->partition] = m->offset + 1;
    f->done += !line;
}

static void commit_positions(struct floor *f, rd_kafka_topic_partition_list_t *positions)
{
    rd_kafka_consumer_group_metadata_t *member = rd_kafka_consumer_group_metadata(f->consumer);
    double start = peer_now_s();
    check(rd_kafka_send_offsets_to_transaction(f->producer, positions, member, TIMEOUT_MS),
          "send offsets");
    double sent = peer_now_s();
    check(rd_kafka_commit_transaction(f->producer, TIMEOUT_MS), "commit");
    f->offsets_s += sent - start;
    f->commit_call_s += peer_now_s() - sent;
    rd_kafka_consumer_group_metadata_destroy(member);
}

static void add_positions(rd_kafka_topic_partition_list_t *list, const char *topic,
                          const int64_t positions[PARTITIONS_MAX])
{
    for (int p = 0; p < PARTITIONS_MAX; p++) {
        if (positions[p] >= 0) {
            rd_kafka_topic_partition_list_add(list, topic, p)->offset = positions[p];
        }
    }
}

static void commit(struct floor *f)
{
    for (uint32_t i = 0; i < f->touched_count; i++) {
        emit(f, &f->slots[f->touched[i]], (int32_t)(i & 3), 0);
    }
    f->touched_count = 0;
    f->epoch++;
    f->open = false;
    f->commits++;
    rd_kafka_topic_partition_list_t *positions = rd_kafka_topic_partition_list_new(8);
    add_positions(positions, f->in, f->positions);
    add_positions(positions, f->middle_name, f->middle_positions);
    if (f->transactions) {
        commit_positions(f, positions);
    } else {
        rd_kafka_flush(f->producer, TIMEOUT_MS);
        rd_kafka_commit(f->consumer, positions, 0);
    }
    rd_kafka_topic_partition_list_destroy(positions);
}

static size_t fetch(struct floor *f, rd_kafka_message_t *messages[BATCH_MAX])
{
    if (f->call == BATCH) {
        ssize_t got = rd_kafka_consume_batch_queue(f->queue, POLL_MS, messages, BATCH_MAX);
        return got > 0 ? (size_t)got : 0;
    }
    messages[0] = f->call == QUEUE ? rd_kafka_consume_queue(f->queue, POLL_MS)
                                   : rd_kafka_consumer_poll(f->consumer, POLL_MS);
    return messages[0] != NULL;
}

/* Is the load over? Also finds the begin of its steady part. */
static bool over(struct floor *f, double now)
{
    if (f->steady_at == 0 &&
        (f->done >= f->records / 3 || (f->done != 0 && now >= f->first_at + f->seconds / 3))) {
        f->steady_at = now;
        f->steady_cpu = peer_cpu_s();
        f->steady_from = f->done;
    }
    return f->done >= f->records || (f->first_at != 0 && now >= f->first_at + f->seconds);
}

static void run(struct floor *f)
{
    rd_kafka_message_t *messages[BATCH_MAX];
    uint64_t polls = 0;
    for (bool last = false; !last;) {
        size_t got = fetch(f, messages);
        f->starved_s += got == 0 ? POLL_MS / 1e3 : 0;
        for (size_t i = 0; i < got; i++) {
            process(f, messages[i]);
            rd_kafka_message_destroy(messages[i]);
        }
        bool look = got != 1 || ++polls % RECORDS_PER_CLOCK == 0;
        double now = look ? peer_now_s() : 0;
        last = look && over(f, now);
        if (f->open && look && (last || now >= f->commit_at)) {
            commit(f);
        }
    }
}

static void report(const struct floor *f, double start)
{
    double end = peer_now_s();
    double cpu = peer_cpu_s();
    double n = (double)f->done;
    double rest = (double)(f->done - f->steady_from);
    printf("{\"lib\":\"%s\",\"records\":%" PRIu64 ",\"wall_total\":%.2f,\"cpu_total\":%.2f,"
           "\"rps_total\":%.0f,\"rpcs_total\":%.0f,",
           rd_kafka_version_str(), f->done, end - f->first_at, cpu, n / (end - f->first_at),
           n / cpu);
    printf("\"wall_steady\":%.2f,\"rps_steady\":%.0f,\"rpcs_steady\":%.0f,\"rss_peak_mb\":%.0f,",
           end - f->steady_at, rest / (end - f->steady_at), rest / (cpu - f->steady_cpu),
           peer_peak_rss_mb());
    printf("\"produced\":%" PRIu64 ",\"commits\":%" PRIu64 ",\"t_offsets\":%.2f,"
           "\"t_commit\":%.2f,\"commit_share\":%.3f,\"t_starved\":%.2f,\"t_first\":%.2f}\n",
           f->produced, f->commits, f->offsets_s, f->commit_call_s,
           (f->offsets_s + f->commit_call_s) / (end - f->first_at), f->starved_s,
           f->first_at - start);
    fflush(stdout);
}

int main(int argc, char **argv)
{
    static struct floor f = {.work = PASS,
                             .group = "floor",
                             .linger_ms = "5",
                             .seconds = 1e9,
                             .commit_s = 0.1,
                             .transactions = true,
                             .epoch = 1};
    double start = peer_now_s();
    f.consumer_conf = rd_kafka_conf_new();
    memset(f.positions, 0xff, sizeof f.positions);
    memset(f.middle_positions, 0xff, sizeof f.middle_positions);
    parse(&f, argc, argv);
    open_consumer(&f);
    if (f.work != CONSUME) {
        open_producer(&f);
    }
    f.slots = calloc(SLOTS, sizeof *f.slots); /* costs nothing until it is used */
    f.touched = calloc(SLOTS, sizeof *f.touched);
    if (f.slots == NULL || f.touched == NULL) {
        peer_die("floor: out of memory");
    }
    run(&f);
    report(&f, start);
    rd_kafka_consumer_close(f.consumer);
    return 0;
}
