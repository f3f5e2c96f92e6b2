/* json_scan.c -- judging a JSON text, and walking through one that was judged.
 *
 * Invariants: p never passes end, and 16 bytes are only loaded where 16 are left. Functions that
 * take a position return the next one, NULL for a fault, so that positions stay in registers.
 */
#include "src/base/base.h"

#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "src/base/utf8.h"
#include "src/data/json_scan.h"
#include "src/data/json_text.h"

/* The first byte that is not an ordinary ASCII character of a string, or end. */
static inline const unsigned char *ordinary_end(const unsigned char *p, const unsigned char *end)
{
#ifdef __SSE2__
    for (; end - p >= 16; p += 16) {
        __m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
        __m128i quote = _mm_cmpeq_epi8(v, _mm_set1_epi8('"'));
        __m128i backslash = _mm_cmpeq_epi8(v, _mm_set1_epi8('\\'));
        /* Compared as signed, what is not ASCII is less than a space too. */
        __m128i other = _mm_cmplt_epi8(v, _mm_set1_epi8(' '));
        int hits = _mm_movemask_epi8(_mm_or_si128(_mm_or_si128(quote, backslash), other));
        if (hits != 0) {
            return p + __builtin_ctz((unsigned)hits);
        }
    }
#endif
    while (p < end && *p != '"' && *p != '\\' && *p >= ' ' && *p < 0x80) {
        p++;
    }
    return p;
}

/* The first quote or backslash, or end. */
static inline const unsigned char *quote_or_escape(const unsigned char *p, const unsigned char *end)
{
#ifdef __SSE2__
    for (; end - p >= 16; p += 16) {
        __m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
        __m128i quote = _mm_cmpeq_epi8(v, _mm_set1_epi8('"'));
        __m128i backslash = _mm_cmpeq_epi8(v, _mm_set1_epi8('\\'));
        int hits = _mm_movemask_epi8(_mm_or_si128(quote, backslash));
        if (hits != 0) {
            return p + __builtin_ctz((unsigned)hits);
        }
    }
#endif
    while (p < end && *p != '"' && *p != '\\') {
        p++;
    }
    return p;
}

/* The first quote or bracket of any kind, or end. */
static inline const unsigned char *quote_or_bracket(const unsigned char *p,
                                                    const unsigned char *end)
{
#ifdef __SSE2__
    for (; end - p >= 16; p += 16) {
        __m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
        __m128i quote = _mm_cmpeq_epi8(v, _mm_set1_epi8('"'));
        /* One bit apart: '[' and '{', ']' and '}'. */
        __m128i folded = _mm_or_si128(v, _mm_set1_epi8(0x20));
        __m128i open = _mm_cmpeq_epi8(folded, _mm_set1_epi8('{'));
        __m128i close = _mm_cmpeq_epi8(folded, _mm_set1_epi8('}'));
        int hits = _mm_movemask_epi8(_mm_or_si128(_mm_or_si128(open, close), quote));
        if (hits != 0) {
            return p + __builtin_ctz((unsigned)hits);
        }
    }
#endif
    while (p < end && *p != '"' && (*p | 0x20) != '{' && (*p | 0x20) != '}') {
        p++;
    }
    return p;
}

/* ---- judging --------------------------------------------------------------------------------- */

struct judge {
    const unsigned char *end;
    const unsigned char *at; /* of the fault */
    const char *why;
};

static const unsigned char *fault(struct judge *j, const unsigned char *at, const char *why)
{
    j->at = at;
    j->why = why;
    return NULL;
}

/* p is at the opening quote. */
static const unsigned char *judge_string(struct judge *j, const unsigned char *p)
{
    for (p++;;) {
        char out[4];
        size_t n;
        p = ordinary_end(p, j->end);
        if (p == j->end) {
            return fault(j, p, "a string does not end");
        }
        if (*p == '"') {
            return p + 1;
        }
        if (*p < ' ') {
            return fault(j, p, "a control character in a string is not escaped");
        }
        if (*p == '\\') {
            n = wr_json_escape(p, (size_t)(j->end - p), out, &n);
        } else {
            n = wr_utf8_len(p, (size_t)(j->end - p));
        }
        if (n == 0) {
            return fault(j, p, *p == '\\' ? "an escape is wrong" : "a character is not UTF-8");
        }
        p += n;
    }
}

static const unsigned char *digits_end(const unsigned char *p, const unsigned char *end)
{
    while (p < end && *p >= '0' && *p <= '9') {
        p++;
    }
    return p;
}

static const unsigned char *judge_number(struct judge *j, const unsigned char *p)
{
    const unsigned char *start = p + (*p == '-');
    p = digits_end(start, j->end);
    if (p == start) {
        return fault(j, p, "a value is expected");
    }
    if (*start == '0' && p - start > 1) {
        return fault(j, start, "a number begins with 0");
    }
    if (p < j->end && *p == '.') {
        start = p + 1;
        p = digits_end(start, j->end);
        if (p == start) {
            return fault(j, p, "a number has no digits after its point");
        }
    }
    if (p < j->end && (*p | 0x20) == 'e') {
        start = p + 1;
        start += start < j->end && (*start == '+' || *start == '-');
        p = digits_end(start, j->end);
        if (p == start) {
            return fault(j, p, "a number has no digits in its exponent");
        }
    }
    return p;
}

static const unsigned char *judge_word(struct judge *j, const unsigned char *p, const char *word)
{
    size_t len = strlen(word);
    bool same = (size_t)(j->end - p) >= len && memcmp(p, word, len) == 0;
    return same ? p + len : fault(j, p, "a value is expected");
}

static inline const unsigned char *judge_scalar(struct judge *j, const unsigned char *p)
{
    switch (*p) {
    case '"':
        return judge_string(j, p);
    case 't':
        return judge_word(j, p, "true");
    case 'f':
        return judge_word(j, p, "false");
    case 'n':
        return judge_word(j, p, "null");
    default:
        return judge_number(j, p);
    }
}

/* A member's name and colon; the next thing is its value. */
static inline const unsigned char *judge_name(struct judge *j, const unsigned char *p)
{
    p = wr_json_space(p, j->end);
    if (p == j->end || *p != '"') {
        return fault(j, p, "a name in quotes is expected");
    }
    p = judge_string(j, p);
    if (p == NULL) {
        return NULL;
    }
    p = wr_json_space(p, j->end);
    return p < j->end && *p == ':' ? p + 1 : fault(j, p, "\":\" is expected");
}

/* The containers around a position: bit 0 of objects says whether the innermost is an object. */
struct nest {
    uint64_t objects;
    unsigned depth;
};

/* Walk from the end of a value to the beginning of the next one, or to the end of the text. */
static inline const unsigned char *judge_after(struct judge *j, const unsigned char *p,
                                               struct nest *n)
{
    for (;;) {
        p = wr_json_space(p, j->end);
        if (n->depth == 0) {
            return p == j->end ? p : fault(j, p, "there is more after the value");
        }
        bool object = (n->objects & 1) != 0;
        if (p < j->end && *p == ',') {
            return object ? judge_name(j, p + 1) : p + 1;
        }
        if (p == j->end || *p != (object ? '}' : ']')) {
            return fault(j, p,
                         object ? "\",\" or \"}\" is expected" : "\",\" or \"]\" is expected");
        }
        n->objects >>= 1;
        n->depth--;
        p++;
    }
}

static const unsigned char *judge_text(struct judge *j, const unsigned char *p)
{
    struct nest n = {0};
    do {
        p = wr_json_space(p, j->end);
        if (p == j->end) {
            return fault(j, p, "a value is expected");
        }
        bool object = *p == '{';
        if (!object && *p != '[') {
            p = judge_scalar(j, p);
        } else if (n.depth == WR_JSON_DEPTH_MAX) {
            return fault(j, p, "objects and arrays are nested more than 64 deep");
        } else {
            n.objects = n.objects << 1 | object;
            n.depth++;
            p = wr_json_space(p + 1, j->end);
            if (p == j->end || *p != (object ? '}' : ']')) {
                p = object ? judge_name(j, p) : p;
                continue;
            }
        }
        p = p != NULL ? judge_after(j, p, &n) : NULL;
    } while (p != NULL && n.depth != 0);
    return p;
}

bool wr_json_check(struct weir_bytes text, struct wr_json_fault *why)
{
    const unsigned char *p = text.data;
    struct judge j = {.end = p + text.len};
    if (WR_LIKELY(judge_text(&j, p) != NULL)) {
        return true;
    }
    *why = (struct wr_json_fault){j.why, (size_t)(j.at - p)};
    return false;
}

/* ---- walking --------------------------------------------------------------------------------- */

const unsigned char *wr_json_string_end(const unsigned char *p, const unsigned char *end,
                                        bool *escaped)
{
    *escaped = false;
    for (p++;; p += 2) {
        p = quote_or_escape(p, end);
        if (p < end && *p == '"') {
            return p;
        }
        if (end - p < 2) {
            return NULL;
        }
        *escaped = true;
    }
}

static const unsigned char *skip_container(const unsigned char *p, const unsigned char *end)
{
    size_t depth = 0;
    for (;;) {
        bool escaped;
        p = quote_or_bracket(p, end);
        if (p == end) {
            return NULL;
        }
        if (*p == '"') {
            p = wr_json_string_end(p, end, &escaped);
        } else if ((*p | 0x20) == '{') {
            depth++;
        } else if (--depth == 0) {
            return p + 1;
        }
        if (p == NULL) {
            return NULL;
        }
        p++;
    }
}

const unsigned char *wr_json_skip(const unsigned char *p, const unsigned char *end)
{
    bool escaped;
    if (p == end) {
        return NULL;
    }
    if (*p == '"') {
        p = wr_json_string_end(p, end, &escaped);
        return p != NULL ? p + 1 : NULL;
    }
    if (*p == '{' || *p == '[') {
        return skip_container(p, end);
    }
    const unsigned char *start = p;
    while (p<end && * p> ' ' && *p != ',' && *p != '}' && *p != ']') {
        p++;
    }
    return p != start ? p : NULL;
}

/* The end of the name whose opening quote is at p; *same says whether it is the step's. */
static inline const unsigned char *walk_name(const unsigned char *p, const unsigned char *end,
                                             const struct wr_path_step *step, bool *same)
{
    size_t len = step->name.len;
    const unsigned char *name = p + 1;
    if (step->plain && (size_t)(end - name) > len && name[len] == '"' &&
        memcmp(name, step->name.data, len) == 0) {
        *same = true;
        return name + len;
    }
    bool escaped;
    p = wr_json_string_end(p, end, &escaped);
    *same = p != NULL && escaped && wr_json_string_is(name, p, step->name);
    return p;
}

/* From one member or element to the next: past the value at p and the comma behind it. */
static inline enum weir_code walk_on(const unsigned char **p, const unsigned char *end,
                                     unsigned char close)
{
    const unsigned char *q = wr_json_skip(*p, end);
    if (q == NULL) {
        return WEIR_EDECODE;
    }
    q = wr_json_space(q, end);
    if (q == end || (*q != ',' && *q != close)) {
        return WEIR_EDECODE;
    }
    *p = wr_json_space(q + 1, end);
    return *q == ',' ? WEIR_OK : WEIR_ENOTFOUND;
}

/* From the first byte inside an object to the value of the step's member. */
static enum weir_code walk_object(const unsigned char **p, const unsigned char *end,
                                  const struct wr_path_step *step)
{
    if (*p < end && **p == '}') {
        return WEIR_ENOTFOUND;
    }
    for (;;) {
        bool same = false;
        const unsigned char *q = *p < end && **p == '"' ? walk_name(*p, end, step, &same) : NULL;
        q = q != NULL ? wr_json_space(q + 1, end) : end;
        if (q == end || *q != ':') {
            return WEIR_EDECODE;
        }
        *p = wr_json_space(q + 1, end);
        if (same) {
            return WEIR_OK;
        }
        enum weir_code code = walk_on(p, end, '}');
        if (code != WEIR_OK) {
            return code;
        }
    }
}

/* From the first byte inside an array to the step's element. */
static enum weir_code walk_array(const unsigned char **p, const unsigned char *end,
                                 const struct wr_path_step *step)
{
    if (*p < end && **p == ']') {
        return WEIR_ENOTFOUND;
    }
    for (size_t i = 0; i < step->index; i++) {
        enum weir_code code = walk_on(p, end, ']');
        if (code != WEIR_OK) {
            return code;
        }
    }
    return WEIR_OK;
}

enum weir_code wr_json_seek(struct weir_bytes text, const struct wr_path_step *steps, size_t count,
                            const unsigned char **value)
{
    const unsigned char *end = (const unsigned char *)text.data + text.len;
    const unsigned char *p = wr_json_space(text.data, end);
    for (size_t i = 0; i < count; i++) {
        bool index = weir_is_null(steps[i].name);
        if (p == end || *p != (index ? '[' : '{')) {
            return p == end ? WEIR_EDECODE : WEIR_ENOTFOUND;
        }
        p = wr_json_space(p + 1, end);
        enum weir_code code =
            index ? walk_array(&p, end, &steps[i]) : walk_object(&p, end, &steps[i]);
        if (code != WEIR_OK) {
            return code;
        }
    }
    *value = p;
    return p < end ? WEIR_OK : WEIR_EDECODE;
}
