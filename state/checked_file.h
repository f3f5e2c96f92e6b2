/* checked_file.h -- small files of names and values that must be whole or refused.
 *
 * One "name=value" a line, the last one "crc32c=" with eight hexadecimal digits over the lines
 * before it; replaced as a whole.
 */
#ifndef WR_CHECKED_FILE_H
#define WR_CHECKED_FILE_H

#include "src/base/base.h"
#include "src/base/fs.h"
#include "src/base/strmap.h"

struct wr_checked_file {
    struct wr_strmap values; /* strings, owned */
};

/* WEIR_ENOTFOUND; WEIR_ECORRUPT if the file is not what was written. */
WR_MUST_CHECK enum weir_code wr_checked_file_read(struct wr_fs *fs, const char *path,
                                                  struct wr_checked_file *out,
                                                  struct weir_error *err);
void wr_checked_file_free(struct wr_checked_file *f);

/* The value of name; "" if it is not there. */
const char *wr_checked_file_get(const struct wr_checked_file *f, const char *name);

/* pairs: name, value, name, value, ..., NULL. Durable when the call returns. */
WR_MUST_CHECK enum weir_code wr_checked_file_write(struct wr_fs *fs, const char *path,
                                                   const char *const *pairs,
                                                   struct weir_error *err);

#endif
