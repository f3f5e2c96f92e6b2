/* cmd_dev.c -- `weir dev`: a broker for development and tests, on loopback.
 *
 * It speaks Kafka's protocol (broker/wire) and keeps everything in memory, and with --dir also in a
 * directory (broker/disk), else its end is the end of its data. One thread; signals come as data on
 * a descriptor that the server watches. */
#include "src/base/base.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "broker/disk/broker_dir.h"
#include "broker/wire/wire_server.h"
#include "src/base/err.h"
#include "src/base/ptrs.h"
#include "tools/tool_commands.h"

enum {
    DEFAULT_PORT = 9092,
    CLEAN_INTERVAL_MS = 300000, /* log.retention.check.interval.ms: examples have old records */
};

struct options {
    const char *host;
    uint16_t port;
    const char *dir; /* NULL: in memory only */
    bool only_made_topics;
    int64_t clean_interval_ms;
    struct wr_ptrs topics; /* as on the command line */
    struct wr_arena arena;
};

static int bad_usage(const char *what)
{
    fprintf(stderr, "weir dev: %s; see weir --help\n", what);
    return WR_TOOL_USAGE;
}

static bool parse_number(const char *text, long min, long max, long *out)
{
    char *end;
    errno = 0;
    *out = strtol(text, &end, 10);
    return errno == 0 && end != text && *end == '\0' && *out >= min && *out <= max;
}

static bool parse_listen(struct options *o, const char *text)
{
    char *host = wr_arena_strdup(&o->arena, text);
    char *colon = strrchr(host, ':');
    long port;
    if (colon == NULL || colon == host || !parse_number(colon + 1, 0, UINT16_MAX, &port)) {
        return false;
    }
    *colon = '\0';
    o->host = host;
    o->port = (uint16_t)port;
    return true;
}

/* -1 to go on, else the exit code. */
static int parse(int argc, char **argv, struct options *o)
{
    static const struct option long_options[] = {
        {"listen", required_argument, NULL, 'l'},
        {"dir", required_argument, NULL, 'd'},
        {"topic", required_argument, NULL, 't'},
        {"no-auto-create", no_argument, NULL, 'n'},
        {"clean-interval", required_argument, NULL, 'c'},
        {NULL, 0, NULL, 0},
    };
    long number;
    opterr = 0;
    for (;;) {
        int c = getopt_long(argc, argv, "+l:d:t:", long_options, NULL);
        switch (c) {
        case -1:
            return optind == argc ? -1 : bad_usage("it takes options only");
        case 'l':
            if (!parse_listen(o, optarg)) {
                return bad_usage("--listen takes HOST:PORT");
            }
            break;
        case 'd':
            o->dir = optarg;
            break;
        case 't':
            wr_ptrs_push(&o->topics, optarg);
            break;
        case 'n':
            o->only_made_topics = true;
            break;
        case 'c':
            if (!parse_number(optarg, 1, INT32_MAX, &number)) {
                return bad_usage("--clean-interval takes milliseconds");
            }
            o->clean_interval_ms = number;
            break;
        default:
            return bad_usage("it takes --listen HOST:PORT, --dir DIR, --no-auto-create, "
                             "--clean-interval MS and --topic NAME[:PARTITIONS[:KEY=VALUE,...]]");
        }
    }
}

/* ---- topics ---------------------------------------------------------------------------------- */

/* KEY=VALUE,... in place. A part without '=' belongs to the value before it, which is a list then:
 * cleanup.policy=compact,delete. */
static bool parse_settings(struct wr_arena *arena, char *text, struct wr_topic_spec *spec)
{
    struct wr_topic_setting *settings = NULL;
    size_t room = strlen(text) / 2 + 1; /* a setting is two characters at least */
    settings = wr_arena_alloc(arena, room * sizeof *settings);
    char *next = text;
    while (next != NULL) {
        char *at = next;
        char *equals = strchr(at, '=');
        if (equals == NULL || equals == at) {
            return false;
        }
        *equals = '\0';
        next = strchr(equals + 1, ',');
        while (next != NULL && strcspn(next + 1, "=,") == strcspn(next + 1, ",")) {
            next = strchr(next + 1, ',');
        }
        if (next != NULL) {
            *next++ = '\0';
        }
        settings[spec->setting_count++] = (struct wr_topic_setting){at, equals + 1};
    }
    spec->settings = settings;
    return true;
}

/* NAME[:PARTITIONS[:KEY=VALUE,...]] */
static bool parse_topic(struct wr_arena *arena, const char *text, struct wr_topic_spec *spec)
{
    char *name = wr_arena_strdup(arena, text);
    *spec = (struct wr_topic_spec){.name = name, .partitions = -1, .replication = -1};
    char *count = strchr(name, ':');
    if (count == NULL) {
        return true;
    }
    *count++ = '\0';
    char *settings = strchr(count, ':');
    if (settings != NULL) {
        *settings++ = '\0';
    }
    long partitions;
    if (!parse_number(count, 1, INT32_MAX, &partitions)) {
        return false;
    }
    spec->partitions = (int32_t)partitions;
    return settings == NULL || parse_settings(arena, settings, spec);
}

/* Topics that a directory already has stay as they are. */
static int create_topics(struct options *o, struct wr_broker *broker)
{
    for (size_t i = 0; i < o->topics.count; i++) {
        struct wr_topic_spec spec;
        const char *why;
        if (!parse_topic(&o->arena, o->topics.items[i], &spec)) {
            return bad_usage("--topic takes NAME[:PARTITIONS[:KEY=VALUE,...]]");
        }
        if (o->dir != NULL && wr_topics_find(broker->topics, spec.name) != NULL) {
            continue;
        }
        if (wr_topics_create(broker->topics, &spec, &why) != WR_KE_NONE) {
            fprintf(stderr, "weir dev: cannot create topic \"%s\": %s\n", spec.name, why);
            return WR_TOOL_USAGE;
        }
    }
    return WR_TOOL_OK;
}

/* ---- running --------------------------------------------------------------------------------- */

/* A descriptor that can be read once the process was asked to end; -1 if there is none. */
static int watch_signals(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigprocmask(SIG_BLOCK, &set, NULL);
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static enum weir_code keep(void *keeper, struct weir_error *err)
{
    return wr_broker_dir_write(keeper, err);
}

static enum weir_code serve(const struct options *o, struct wr_broker *broker,
                            struct wr_broker_dir *dir, struct weir_error *err)
{
    struct wr_wire_server_options wire = {.host = o->host,
                                          .port = o->port,
                                          .log_dir = o->dir,
                                          .clock = wr_clock_system(),
                                          .keep = dir != NULL ? keep : NULL,
                                          .keeper = dir};
    struct wr_wire_server *server = NULL;
    int stop = watch_signals();
    if (stop < 0) {
        return wr_fail(err, WEIR_EIO, "could not watch for signals: %s", wr_errno_text(errno));
    }
    enum weir_code code = wr_wire_server_open(&server, &wire, broker, err);
    if (code == WEIR_OK) {
        printf("%s\n", wr_wire_server_address(server));
        if (fflush(stdout) != 0) {
            code = wr_fail(err, WEIR_EIO, "could not print the address: %s", wr_errno_text(errno));
        }
    }
    if (code == WEIR_OK) {
        code = wr_wire_server_run(server, stop, err);
    }
    wr_wire_server_free(server);
    close(stop);
    return code;
}

static enum weir_code open_dir(const struct options *o, struct wr_broker *broker,
                               struct wr_broker_dir **dir, struct weir_error *err)
{
    uint64_t cut;
    if (o->dir == NULL) {
        return WEIR_OK;
    }
    enum weir_code code =
        wr_broker_dir_open(dir, o->dir, broker, wr_wall_ms(wr_clock_system()), &cut, err);
    if (code == WEIR_OK && cut != 0) {
        fprintf(stderr,
                "weir dev: the last record in \"%s\" was not finished: its %" PRIu64
                " bytes were cut off, nobody had been told of it\n",
                o->dir, cut);
    }
    return code;
}

static int fail(const struct weir_error *err)
{
    fprintf(stderr, "weir dev: %s\n", err->text);
    return err->code == WEIR_EINVAL ? WR_TOOL_USAGE : WR_TOOL_FAILED;
}

static int run(struct options *o)
{
    struct wr_broker_options options = {
        .node_id = 1,
        .default_partitions = 1,
        .auto_create_topics = !o->only_made_topics,
        .clean_interval_ms = o->clean_interval_ms,
        .initial_rebalance_delay_ms = 0, /* whoever develops would wait for it each time */
    };
    wr_random_bytes(&options.seed, sizeof options.seed);
    struct wr_broker *broker = wr_broker_new(&options, wr_wall_ms(wr_clock_system()));
    struct wr_broker_dir *dir = NULL;
    struct weir_error err;
    int result = WR_TOOL_OK;
    if (open_dir(o, broker, &dir, &err) != WEIR_OK) {
        result = fail(&err);
    } else {
        result = create_topics(o, broker);
    }
    if (result == WR_TOOL_OK && serve(o, broker, dir, &err) != WEIR_OK) {
        result = fail(&err);
    }
    if (dir != NULL && wr_broker_dir_close(dir, &err) != WEIR_OK && result == WR_TOOL_OK) {
        result = fail(&err);
    }
    wr_broker_free(broker);
    return result;
}

int wr_cmd_dev(int argc, char **argv)
{
    struct options o = {
        .host = "127.0.0.1", .port = DEFAULT_PORT, .clean_interval_ms = CLEAN_INTERVAL_MS};
    wr_arena_init(&o.arena, 1024);
    int result = parse(argc, argv, &o);
    if (result < 0) {
        result = run(&o);
    }
    wr_ptrs_free(&o.topics);
    wr_arena_free(&o.arena);
    return result;
}
