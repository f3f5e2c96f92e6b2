/* value_form.h -- how bytes of keys and values are shown and written on a command line: by a codec,
 * as hexadecimal digits, or, where nothing is said, as text if they are printable.
 */
#ifndef WR_VALUE_FORM_H
#define WR_VALUE_FORM_H

#include "src/base/base.h"
#include "src/base/buf.h"

enum wr_value_form {
    WR_VALUE_AUTO, /* printable UTF-8 as it is, else "0x" and hexadecimal digits */
    WR_VALUE_HEX,
    WR_VALUE_STRING,
    WR_VALUE_I32,
    WR_VALUE_I64,
    WR_VALUE_F64,
    WR_VALUE_JSON,
};

#define WR_VALUE_FORMS "auto, hex, string, i32, i64, f64 or json"

/* False: it is no name of a form. */
bool wr_value_form_of(const char *name, enum wr_value_form *out);

/* Append the value as JSON on one line. WEIR_EDECODE: it has another form. */
WR_MUST_CHECK enum weir_code wr_value_show(enum wr_value_form form, struct weir_bytes value,
                                           struct wr_buf *out, struct weir_error *err);

/* Append the bytes of what was written on a command line; AUTO takes it as text. WEIR_EDECODE. */
WR_MUST_CHECK enum weir_code wr_value_read(enum wr_value_form form, const char *text,
                                           struct wr_buf *out, struct weir_error *err);

#endif
