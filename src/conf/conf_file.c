/* conf_file.c -- settings from a file in the form of Java's .properties. */
#include "src/base/base.h"

#include <string.h>

#include "src/base/buf.h"
#include "src/base/utf8.h"
#include "src/conf/conf_internal.h"

/* A logical line: what lines ending in a backslash make together, still escaped. */
struct reader {
    struct wr_conf *conf;
    char *const *environment;
    const char *path;
    const char *p; /* what is left of the file */
    const char *end;
    int line;          /* number of the line read last */
    struct wr_buf key; /* scratch */
    struct wr_buf value;
    struct wr_buf text; /* the logical line */
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\f' || c == '\r';
}

/* How many backslashes there are right before text[len]. */
static size_t backslashes_before(const char *text, size_t len)
{
    size_t n = 0;
    while (n < len && text[len - 1 - n] == '\\') {
        n++;
    }
    return n;
}

/* Append one line without its end and leading space; true if it goes on in the next one. */
static bool read_line(struct reader *r)
{
    const char *stop = memchr(r->p, '\n', (size_t)(r->end - r->p));
    const char *start = r->p;
    const char *last = stop != NULL ? stop : r->end;
    r->p = stop != NULL ? stop + 1 : r->end;
    r->line++;
    while (start < last && is_blank(*start)) {
        start++;
    }
    bool comment = r->text.len == 0 && start < last && (*start == '#' || *start == '!');
    if (comment) {
        return false;
    }
    if (last > start && last[-1] == '\r') {
        last--;
    }
    bool goes_on = backslashes_before(start, (size_t)(last - start)) % 2 != 0;
    wr_buf_append(&r->text, start, (size_t)(last - start) - goes_on);
    return goes_on;
}

/* The escape behind the backslash at p; returns where the text goes on, NULL for a wrong \u. */
static const char *unescape_one(const char *p, struct wr_buf *out)
{
    static const char letters[] = "tnrf";
    static const char meaning[] = "\t\n\r\f";
    if (p[1] == '\0') {
        return p + 1;
    }
    if (p[1] == 'u') {
        char text[4];
        int32_t c = wr_hex4((const unsigned char *)p + 2);
        if (c <= 0 || (c >= 0xd800 && c < 0xe000)) {
            return NULL;
        }
        wr_buf_append(out, text, wr_utf8_put(text, (uint32_t)c));
        return p + 6;
    }
    const char *letter = strchr(letters, p[1]);
    wr_buf_append(out, letter != NULL ? &meaning[letter - letters] : p + 1, 1);
    return p + 2;
}

/* Resolve escapes from p up to `stop` (or the end); returns where it stopped, NULL for a wrong
 * escape. */
static const char *unescape(const char *p, char stop, struct wr_buf *out)
{
    while (p != NULL && *p != '\0' && *p != stop) {
        if (*p == '\\') {
            p = unescape_one(p, out);
        } else {
            wr_buf_char(out, *p++);
        }
    }
    return p;
}

/* Append what "${name}" or "${name:default}" at p stands for; returns where the text goes on, NULL
 * after a finding. */
static const char *interpolate_one(struct reader *r, const char *where, const char *p,
                                   struct wr_buf *out)
{
    const char *name = p + 2;
    const char *close = strchr(name, '}');
    if (close == NULL) {
        wr_conf_find(r->conf, where, "\"${\" has no \"}\"; write $${ for a plain ${");
        return NULL;
    }
    size_t len = strcspn(name, ":}");
    const char *v = wr_conf_variable(r->environment, name, len);
    if (v != NULL) {
        wr_buf_str(out, v);
    } else if (name[len] == ':') {
        wr_buf_append(out, name + len + 1, (size_t)(close - name) - len - 1);
    } else {
        wr_conf_find(r->conf, where,
                     "variable \"%.*s\" is not set and has no default; set it, or write "
                     "${%.*s:default}",
                     (int)len, name, (int)len, name);
        return NULL;
    }
    return close + 1;
}

static bool interpolate(struct reader *r, const char *where, const char *p, struct wr_buf *out)
{
    while (p != NULL && *p != '\0') {
        if (strncmp(p, "$${", 3) == 0) {
            wr_buf_str(out, "${");
            p += 3;
        } else if (strncmp(p, "${", 2) == 0) {
            p = interpolate_one(r, where, p, out);
        } else {
            wr_buf_char(out, *p++);
        }
    }
    return p != NULL;
}

/* Drop the white space at the end, unless a backslash says that it is meant. */
static void trim(struct wr_buf *text)
{
    while (text->len > 0 && is_blank(text->data[text->len - 1]) &&
           backslashes_before(text->data, text->len - 1) % 2 == 0) {
        text->len--;
    }
}

static void take_setting(struct reader *r, int line)
{
    struct wr_buf resolved = {0};
    const char *where = wr_arena_printf(&r->conf->arena, "%s:%d", r->path, line);
    wr_buf_reset(&r->key);
    wr_buf_reset(&r->value);
    const char *p = unescape(wr_buf_cstr(&r->text), '=', &r->key);
    if (p != NULL && *p == '\0') {
        wr_conf_find(r->conf, where, "a line has no \"=\"; write key=value, or # for a comment");
        return;
    }
    if (p != NULL) {
        p++;
        while (is_blank(*p)) {
            p++;
        }
        p = unescape(p, '\0', &r->value);
    }
    if (p == NULL) {
        wr_conf_find(r->conf, where, "a \\u needs four hexadecimal digits of one character");
        return;
    }
    trim(&r->key);
    if (interpolate(r, where, wr_buf_cstr(&r->value), &resolved)) {
        wr_conf_set(r->conf, WR_CONF_FILE, where, wr_buf_cstr(&r->key), wr_buf_cstr(&resolved));
    }
    wr_buf_free(&resolved);
}

void wr_conf_load_file(struct wr_conf *c, struct wr_fs *fs, const char *path,
                       char *const *environment)
{
    struct wr_buf contents = {0};
    struct weir_error err;
    if (fs->read(fs, path, &contents, &err) != WEIR_OK) {
        wr_conf_find(c, path, "%s", err.text);
        wr_buf_free(&contents);
        return;
    }
    struct weir_bytes all = wr_buf_view(&contents);
    struct reader r = {.conf = c, .environment = environment, .path = path, .p = all.data};
    r.end = r.p + all.len;
    while (r.p < r.end) {
        int line = r.line + 1;
        wr_buf_reset(&r.text);
        bool goes_on = true;
        while (goes_on && r.p < r.end) {
            goes_on = read_line(&r);
        }
        trim(&r.text);
        if (r.text.len != 0) {
            take_setting(&r, line);
        }
    }
    wr_buf_free(&r.key);
    wr_buf_free(&r.value);
    wr_buf_free(&r.text);
    wr_buf_free(&contents);
}
