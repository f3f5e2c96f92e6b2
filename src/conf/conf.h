/* conf.h -- settings: tables that define them, where values come from, and what is wrong with them.
 *
 * A layer defines its settings in a table (core_settings.def is the first one); parser, documents
 * and checks are made from it. Values come from five places, the later one wins:
 *
 *   default   of the table
 *   code      what the application itself sets
 *   file      Java .properties: key=value, # or ! comments, \ at the end continues a line, escapes
 *             \t \n \r \f \uXXXX and \ before any other character; space around key and value is
 *             dropped; ${NAME} and ${NAME:default} are replaced by an environment variable, $${ is
 *             a plain ${
 *   env       WEIR_APPLICATION_ID for application.id: upper case, dots and dashes become
 *             underscores; "weir." at the front of a name falls away (weir.log.level is
 *             WEIR_LOG_LEVEL); WEIR_SASL_PASSWORD_FILE names a file that holds the value; an empty
 *             variable counts as not set, and one that is like no setting is only warned of
 *   flag      of the command line
 *
 * Settings of the client library go through untouched, with a prefix that says for which clients
 * (consumer. main.consumer. restore.consumer. producer. admin.) or, the common ones, without; so do
 * settings of internal topics (topic.).
 *
 * Reading never fails in the middle: mistakes become findings (where, what, why, what to do), and
 * all of them are reported together by wr_conf_check. A wrong value leaves the setting as it was.
 *
 * Thread: one until wr_conf_check; any number of readers afterwards. Strings live as long as conf.
 */
#ifndef WR_CONF_H
#define WR_CONF_H

#include "src/base/base.h"
#include "src/base/buf.h"
#include "src/base/fs.h"

enum wr_setting_type {
    WR_SETTING_STRING,
    WR_SETTING_NAME, /* as Kafka's topics are named: letters, digits, '.', '_', '-', up to 249 */
    WR_SETTING_INT,
    WR_SETTING_BOOL,
    WR_SETTING_ENUM,
    WR_SETTING_DURATION, /* in ms, up to WR_DURATION_MAX; "10s", "5m", "2h", "7d" are understood */
    WR_SETTING_SIZE,     /* in bytes; "64KiB", "16MiB", "1GiB" are understood */
    WR_SETTING_LIST,     /* separated by commas */
};

enum {
    WR_SETTING_REQUIRED = 1,
    WR_SETTING_SECRET = 2, /* never shown */
    WR_SETTING_DEPRECATED = 4,
};

/* What a longer duration is read as, such as Java's Long.MAX_VALUE, which means "for ever" to users
 * of Kafka Streams: a clock and two of these do not overflow. */
#define WR_DURATION_MAX (INT64_MAX / 4)

struct wr_setting {
    const char *name;
    enum wr_setting_type type;
    unsigned flags;
    const char *initial; /* the default as it would be written; NULL: none */
    int64_t min;         /* INT, DURATION, SIZE */
    int64_t max;
    const char *choices; /* ENUM and LIST: "a|b|c?"; '?' marks one that is not built yet */
    const char *doc;     /* sentences */
};

struct wr_conf;

struct wr_conf_table {
    const char *title;
    const struct wr_setting *settings;
    size_t count;
    void (*check)(struct wr_conf *c); /* rules between settings; NULL: none */
};

enum wr_conf_origin {
    WR_CONF_DEFAULT,
    WR_CONF_CODE,
    WR_CONF_FILE,
    WR_CONF_ENV,
    WR_CONF_FLAG,
};

/* A conf with the defaults of these tables, which must outlive it. */
struct wr_conf *wr_conf_new(const struct wr_conf_table *const *tables, size_t count);
void wr_conf_free(struct wr_conf *c);

/* ---- values in ------------------------------------------------------------------------------- */

/* Set one value, unless a stronger origin has set it. where is shown to people: "--set", the name
 * of a variable, a file and line. */
void wr_conf_set(struct wr_conf *c, enum wr_conf_origin origin, const char *where, const char *name,
                 const char *value);

/* Read a file; environment is what ${...} is taken from. */
void wr_conf_load_file(struct wr_conf *c, struct wr_fs *fs, const char *path,
                       char *const *environment);

/* Read the WEIR_* variables; the file system is for WEIR_..._FILE. */
void wr_conf_load_env(struct wr_conf *c, struct wr_fs *fs, char *const *environment);

/* ---- findings -------------------------------------------------------------------------------- */

struct wr_conf_finding {
    bool warning; /* going on is possible */
    const char *text;
};

/* Report a mistake found by a layer: where and text. */
void wr_conf_find(struct wr_conf *c, const char *where, const char *format, ...) WR_PRINTF(3, 4);

/* Once, after everything has been read: required settings and the rules of the tables. WEIR_ECONFIG
 * if there is any finding but warnings; err has as many of them as fit, wr_conf_findings has all.
 */
WR_MUST_CHECK enum weir_code wr_conf_check(struct wr_conf *c, struct weir_error *err);
const struct wr_conf_finding *wr_conf_findings(const struct wr_conf *c, size_t *count);

/* ---- values out ------------------------------------------------------------------------------ */

/* The value of a setting of one of the tables. Text is NULL without value and default; numbers need
 * one (that of INT, DURATION in ms, SIZE in bytes). */
const char *wr_conf_text(const struct wr_conf *c, const struct wr_setting *s);
int64_t wr_conf_int(const struct wr_conf *c, const struct wr_setting *s);
bool wr_conf_bool(const struct wr_conf *c, const struct wr_setting *s);

/* Whether an ENUM is `choice`, or a LIST has it; it is one of the choices. */
bool wr_conf_is(const struct wr_conf *c, const struct wr_setting *s, const char *choice);

/* Where the value comes from. */
enum wr_conf_origin wr_conf_origin_of(const struct wr_conf *c, const struct wr_setting *s);

/* What goes to the client library or to topics untouched, in the order of first mention. scope is
 * "" (all clients) or a prefix with its dot. *count is how many there are. */
struct wr_conf_passed {
    const char *scope;
    const char *name;
    const char *value;
};
const struct wr_conf_passed *wr_conf_passed(const struct wr_conf *c, size_t *count);

/* ---- for people ------------------------------------------------------------------------------ */

/* All there is to know about one name: setting, passed-through or Java-only. WEIR_ENOTFOUND with
 * the nearest name in err. */
WR_MUST_CHECK enum weir_code wr_conf_explain(const struct wr_conf *c, const char *name,
                                             struct wr_buf *out, struct weir_error *err);

/* Every setting with its value and origin, secrets masked: a table, or one JSON object. */
void wr_conf_dump_text(const struct wr_conf *c, struct wr_buf *out);
void wr_conf_dump_json(const struct wr_conf *c, struct wr_buf *out);

/* The reference of a table: a Markdown table, or the body of a section of a man page. */
void wr_conf_docs_markdown(const struct wr_conf_table *table, struct wr_buf *out);
void wr_conf_docs_man(const struct wr_conf_table *table, struct wr_buf *out);

#endif
