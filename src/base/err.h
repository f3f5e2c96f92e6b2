/* err.h -- filling in struct weir_error.
 *
 * Every function here accepts a NULL err, for callers that only want the code.
 */
#ifndef WR_ERR_H
#define WR_ERR_H

#include <stdarg.h>

#include "src/base/base.h"

/* Set code and text; returns code, so that a failure is one statement. code is not WEIR_OK, and the
 * arguments do not point into err: to add to what it says use wr_fail_prefix. */
enum weir_code wr_fail(struct weir_error *err, enum weir_code code, const char *format, ...)
    WR_PRINTF(3, 4);
enum weir_code wr_vfail(struct weir_error *err, enum weir_code code, const char *format,
                        va_list args) WR_PRINTF(3, 0);

/* Put "text: " in front of what is there: the outer layer says what it was doing. Returns err's
 * code; with a NULL err there is none to return, so a caller that may get NULL keeps its own. */
enum weir_code wr_fail_prefix(struct weir_error *err, const char *format, ...) WR_PRINTF(2, 3);

/* Copy a failure. */
enum weir_code wr_fail_copy(struct weir_error *err, const struct weir_error *from);

/* No failure. */
void wr_error_clear(struct weir_error *err);

/* errno in words, thread-safe; the text lives until the next call on this thread. */
const char *wr_errno_text(int errnum);

#endif
