/* journal_file.h -- a file that begins with a line, "weir dev journal 1", and goes on with records.
 *
 * It is only appended to, or replaced by a new one as a whole. What was written outlives the
 * process; the machine's crash it outlives only as far as it was synced.
 * Thread: one.
 */
#ifndef WR_JOURNAL_FILE_H
#define WR_JOURNAL_FILE_H

#include "broker/journal.h"

struct wr_journal_file {
    char *path;
    int fd; /* -1: closed */
    uint64_t size;
};

/* Close it; a struct that was never opened is {.fd = -1}. */
void wr_journal_file_close(struct wr_journal_file *f);

/* Open a file for reading and appending. WEIR_ENOTFOUND; WEIR_EIDENTITY if it is something else, or
 * of another version; WEIR_EIO, WEIR_EAUTH. */
WR_MUST_CHECK enum weir_code wr_journal_file_open(struct wr_journal_file *f, const char *path,
                                                  struct weir_error *err);

/* Hand each record to take, in order, and cut off the beginning of one that stands at the end, *cut
 * bytes. WEIR_ECORRUPT, with what to do, at bytes that never were a record, and at a record with
 * which take fails. */
typedef enum weir_code wr_journal_take(void *arg, const struct wr_journal_record *r,
                                       struct weir_error *err);
WR_MUST_CHECK enum weir_code wr_journal_file_read(struct wr_journal_file *f, wr_journal_take *take,
                                                  void *arg, uint64_t *cut, struct weir_error *err);

/* Append bytes, which are whole records. After a failure the file may end in a part of them. */
WR_MUST_CHECK enum weir_code
wr_journal_file_append(struct wr_journal_file *f, struct weir_bytes bytes, struct weir_error *err);

/* Wait until everything is on the disk. */
WR_MUST_CHECK enum weir_code wr_journal_file_sync(struct wr_journal_file *f,
                                                  struct weir_error *err);

/* A new file with nothing but its first line, which is to replace another one. */
WR_MUST_CHECK enum weir_code wr_journal_file_create(struct wr_journal_file *f, const char *path,
                                                    struct weir_error *err);

/* Sync the file and give it another name, in the place of what had that. */
WR_MUST_CHECK enum weir_code wr_journal_file_rename(struct wr_journal_file *f, const char *path,
                                                    struct weir_error *err);

/* Wait until the names in a directory are on the disk. */
WR_MUST_CHECK enum weir_code wr_journal_dir_sync(const char *dir, struct weir_error *err);

#endif
