/* uses.c -- every macro of the public headers, used as an application would, in C17 and in C++17.
 *
 * tests/api/api.tap compiles this file in both languages, sees that no macro was forgotten, and
 * links and runs it.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <weir/testkit.h>
#include <weir/weir.h>

WEIR_BEGIN_DECLS

WEIR_API WEIR_MUST_CHECK int write_message(char *out, size_t size, const char *format, ...)
    WEIR_PRINTF(3, 4);

int write_message(char *out, size_t size, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int n = vsnprintf(out, size, format, arguments);
    va_end(arguments);
    return n;
}

WEIR_END_DECLS

struct stats {
    double sum;
    int64_t count;
};

#define COUNT_CODE(name, reaction, text) +1

static int fails(const char *what)
{
    fprintf(stderr, "uses: %s\n", what);
    return 1;
}

static int check_constants(void)
{
    if ((0 WEIR_CODES(COUNT_CODE)) != WEIR_CODE_COUNT) {
        return fails("WEIR_CODES does not list every code");
    }
    if (!weir_is_null(WEIR_NULL) || weir_is_null(weir_str("")) ||
        !weir_equal(weir_str("a"), weir_view("a", 1))) {
        return fails("null and empty are not told apart");
    }
    char text[64];
    if (write_message(text, sizeof text, "%s", weir_code_name(WEIR_EIO)) != 8) {
        return fails("WEIR_EIO has another name");
    }
    return 0;
}

/* Options that were only initialised say how big they are, and nothing else. */
static int check_options(void)
{
    struct weir_source source = WEIR_SOURCE_INIT;
    struct weir_node node = WEIR_NODE_INIT;
    struct weir_sink sink = WEIR_SINK_INIT;
    struct weir_store_options store = WEIR_STORE_INIT;
    struct weir_repartition_options repartition = WEIR_REPARTITION_INIT;
    struct weir_table_options table = WEIR_TABLE_INIT;
    struct weir_test_options test = WEIR_TEST_INIT;
    if (source.size != sizeof source || node.size != sizeof node || sink.size != sizeof sink ||
        store.size != sizeof store || repartition.size != sizeof repartition ||
        table.size != sizeof table || test.size != sizeof test) {
        return fails("an option structure does not know its size");
    }
    if (source.value != NULL || node.stores != NULL || sink.arg != NULL ||
        store.changelog != NULL || repartition.partition != NULL || table.close != NULL ||
        test.settings != NULL || test.partitions != 0) {
        return fails("an option has a default that is not zero");
    }
    return 0;
}

static const char *structure(const char *name, uint32_t version, size_t size, size_t align)
{
    return version == 1 && size == sizeof(struct stats) && align == sizeof(double) ? name : "";
}

int main(void)
{
    if (strcmp(structure(WEIR_STRUCT(stats, 1)), "stats") != 0) {
        return fails("WEIR_STRUCT does not describe the structure");
    }
    struct weir_test_text text = {"key", "value", WEIR_TEST_NEXT_TIME};
    if (text.time >= 0) {
        return fails("the next time is that of a record");
    }
    return check_constants() + check_options();
}
