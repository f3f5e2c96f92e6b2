/* cmd_demo.c -- `weir demo`: an example counts clicks, one of its instances is killed, and every
 * click is counted again.
 *
 * Signals come as data on a descriptor that whatever waits watches; what was started and made is
 * taken away at every end but SIGKILL, which leaves a folder in TMPDIR and no process. */
#include "src/base/base.h"

#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "src/base/err.h"
#include "tools/demo_story.h"
#include "tools/tool_commands.h"

enum { SECONDS = 20, SECONDS_MAX = 600 };

struct options {
    long seconds;
    const char *brokers;
    bool check;
    bool keep;
};

static const char help[] =
    "usage: weir demo [OPTION...]\n\n"
    "An example counts clicks, one of its two instances is killed with SIGKILL, and every click "
    "is\n"
    "counted again. Needs nothing but this program; leaves nothing behind.\n\n"
    "  --seconds N           how long clicks arrive, 1 to 600, or longer if the kill and the "
    "return\n"
    "                        take longer; 20 by default\n"
    "  --check               plain output, also on a terminal, for tests\n"
    "  --brokers HOST:PORT   on this cluster, with topics of its own that are deleted at the end;\n"
    "                        WEIR_ variables can set what it takes to reach it\n"
    "  --keep                leave the broker and all files until Ctrl-C\n\n"
    "The exit code is 0 only if an instance was killed and came back, and no click was lost or\n"
    "counted twice.\n";

static int bad_usage(const char *what)
{
    fprintf(stderr, "weir demo: %s; see weir demo --help\n", what);
    return WR_TOOL_USAGE;
}

static bool parse_seconds(const char *text, long *out)
{
    char *end;
    errno = 0;
    *out = strtol(text, &end, 10);
    return errno == 0 && end != text && *end == '\0' && *out >= 1 && *out <= SECONDS_MAX;
}

/* -1 to go on, else the exit code. */
static int parse(int argc, char **argv, struct options *o)
{
    static const struct option long_options[] = {
        {"seconds", required_argument, NULL, 's'}, {"brokers", required_argument, NULL, 'b'},
        {"check", no_argument, NULL, 'c'},         {"keep", no_argument, NULL, 'k'},
        {"help", no_argument, NULL, 'h'},          {NULL, 0, NULL, 0},
    };
    *o = (struct options){.seconds = SECONDS};
    opterr = 0;
    for (;;) {
        switch (getopt_long(argc, argv, "+h", long_options, NULL)) {
        case -1:
            return optind == argc ? -1 : bad_usage("it takes options only");
        case 's':
            if (!parse_seconds(optarg, &o->seconds)) {
                return bad_usage("--seconds takes a number, 1 to 600");
            }
            break;
        case 'b':
            o->brokers = optarg;
            break;
        case 'c':
            o->check = true;
            break;
        case 'k':
            o->keep = true;
            break;
        case 'h':
            fputs(help, stdout);
            return WR_TOOL_OK;
        default:
            return bad_usage("it takes --seconds N, --check, --brokers HOST:PORT and --keep");
        }
    }
}

/* A descriptor that can be read once the user wants no more; -1 if there is none. A closed pipe
 * becomes an error of writing. */
static int watch_signals(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGPIPE);
    sigprocmask(SIG_BLOCK, &set, NULL);
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGHUP);
    sigprocmask(SIG_BLOCK, &set, NULL);
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static void introduce(const struct options *o)
{
    struct wr_buf rate = {0};
    wr_demo_put_number(&rate, WR_DEMO_PER_SECOND);
    printf(
        "Clicks in a shop are counted exactly once, though a process is killed. This demo\n"
        "  1. %s %s clicks a second,\n"
        "  2. lets two instances of an example, click-counts, count them by page,\n"
        "  3. kills one with SIGKILL in the middle of its work, and starts it again,\n"
        "  4. counts all clicks again, one by one, and compares. Ctrl-C ends it at any time.\n\n",
        o->brokers != NULL ? "sends a new topic of your cluster"
                           : "starts a broker in memory and sends it",
        wr_buf_cstr(&rate));
    wr_buf_free(&rate);
}

/* As a user would type it here; where programs are installed a shell looks by itself. */
static const char *short_path(const char *path)
{
    char here[4096];
    if (strcmp(path, BINDIR "/weir") == 0) {
        return "weir";
    }
    size_t len = getcwd(here, sizeof here) != NULL ? strlen(here) : 0;
    return len > 1 && strncmp(path, here, len) == 0 && path[len] == '/' ? path + len + 1 : path;
}

static void put_verdict(const struct wr_demo_story *t, struct wr_demo_screen *screen)
{
    struct wr_buf text = {0};
    const struct {
        const char *name;
        int64_t value;
    } numbers[] = {
        {"events in ", t->counts.clicks},
        {", counted ", t->counts.counted},
        {", lost ", t->verdict.lost},
        {", duplicated ", t->verdict.duplicated},
    };
    wr_buf_char(&text, '\n');
    wr_demo_put_number(&text, t->counts.updates);
    if (t->counts.repeated == 0) {
        wr_buf_str(&text, " counts were written, each greater than the last one of its page");
    } else {
        wr_buf_printf(&text, " counts were written, %lld of them not greater than the last one",
                      (long long)t->counts.repeated);
    }
    if (t->verdict.worst != NULL) {
        const struct wr_demo_page *page = t->verdict.worst;
        wr_buf_printf(&text, "\npage %s has %lld clicks and the count %lld", page->name,
                      (long long)page->clicks, (long long)page->counted);
    }
    wr_buf_char(&text, '\n');
    for (size_t i = 0; i < WR_ARRAY_LEN(numbers); i++) {
        wr_buf_str(&text, numbers[i].name);
        wr_demo_put_number(&text, numbers[i].value);
    }
    wr_buf_char(&text, '\n');
    wr_demo_screen_leave(screen);
    fputs(wr_buf_cstr(&text), stdout);
    wr_buf_free(&text);
}

/* keeper: of state that can be looked at; NULL: none stays. */
static void put_next_commands(const struct wr_demo_stage *s, const struct wr_demo_instance *keeper)
{
    const char *tool = short_path(s->tool);
    printf("\nNext, try\n  %s topology %s\n", tool, short_path(s->application.items[0]));
    if (keeper != NULL) {
        const char *state = keeper->state_dir;
        printf("  %s state list %s/%s\n  %s state scan -v i64 -n 10 %s/%s page-views\n", tool,
               state, s->application_id, tool, state, s->application_id);
    } else {
        printf("  %s demo --keep\n  %s dev --topic clicks:4 --topic page-views:4\n", tool, tool);
    }
}

/* For whoever wants to look, also after a failure. */
static void stay(const struct wr_demo_stage *s)
{
    struct pollfd fd = {.fd = s->stop, .events = POLLIN};
    printf("\nThe %s on %s and the files in %s stay until Ctrl-C.\n",
           s->brokers != NULL ? "topics" : "broker", s->servers, s->folder);
    fflush(stdout);
    while (poll(&fd, 1, -1) < 0 && errno == EINTR) {
    }
}

/* *open: whether there was something to play on. */
static enum weir_code play(const struct options *o, struct wr_demo_stage *s,
                           struct wr_demo_story *t, bool *open, struct weir_error *err)
{
    introduce(o);
    enum weir_code code = wr_demo_screen_flush(err);
    if (code == WEIR_OK) {
        code = wr_demo_stage_open(s, err);
    }
    *open = code == WEIR_OK;
    if (code == WEIR_OK) {
        wr_demo_screen_say(&s->screen, "%s %s has the topics %s and %s. What will run:",
                           o->brokers != NULL ? "the cluster" : "a broker on", s->servers,
                           s->clicks_topic, s->counts_topic);
        printf("\n%s\n", s->drawing);
        code = wr_demo_story_tell(t, s, err);
    }
    if (code != WEIR_OK) {
        return code;
    }
    if (!o->keep) {
        wr_demo_stage_clean(s);
    }
    put_verdict(t, &s->screen);
    put_next_commands(s, o->keep ? t->keeper : NULL);
    return wr_demo_screen_flush(err);
}

static int report(const struct wr_demo_story *t, enum weir_code code, bool open,
                  const struct weir_error *err)
{
    if (code != WEIR_OK) {
        bool later = !open && (code == WEIR_ECLUSTER || code == WEIR_ETIMEOUT);
        fflush(stdout); /* what was said before */
        fprintf(stderr, "weir demo: %s\n", err->text);
        return later ? WR_TOOL_NOT_READY : WR_TOOL_FAILED;
    }
    if (!t->verdict.exact) {
        fprintf(stderr, "weir demo: what was counted is not what was sent\n");
        return WR_TOOL_FAILED;
    }
    return WR_TOOL_OK;
}

static int run(const struct options *o)
{
    struct weir_error err;
    bool open;
    char ignored[sizeof(struct signalfd_siginfo)];
    struct wr_demo_stage s = {.brokers = o->brokers, .stop = watch_signals()};
    struct wr_demo_story t = {.seconds = (int)o->seconds};
    if (s.stop < 0) {
        fprintf(stderr, "weir demo: could not watch for signals: %s\n", wr_errno_text(errno));
        return WR_TOOL_FAILED;
    }
    wr_demo_screen_open(&s.screen, o->check, wr_mono_ms(wr_clock_system()));
    enum weir_code code = play(o, &s, &t, &open, &err);
    int result = report(&t, code, open, &err);
    if (o->keep && open && code != WEIR_END) {
        stay(&s);
    }
    while (read(s.stop, ignored, sizeof ignored) > 0) { /* the next one ends the cleaning */
    }
    wr_demo_stage_close(&s);
    wr_demo_counts_free(&t.counts);
    close(s.stop);
    return result;
}

int wr_cmd_demo(int argc, char **argv)
{
    struct options o;
    int result = parse(argc, argv, &o);
    return result >= 0 ? result : run(&o);
}
