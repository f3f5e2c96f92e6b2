/* json_number.h -- numbers of JSON texts. */
#ifndef WR_JSON_NUMBER_H
#define WR_JSON_NUMBER_H

#include <weir/codec.h>

#include "src/base/arena.h"
#include "src/base/base.h"

/* Read the number that begins at p: I64 if it is written without fraction and exponent and fits,
 * else F64, the double nearest to what is written. False if there is no number or it is beyond a
 * double. arena is used for numbers of more than a hundred digits or so. Thread: any. */
bool wr_json_number(const unsigned char *p, const unsigned char *end, struct wr_arena *arena,
                    struct weir_scalar *out);

#endif
