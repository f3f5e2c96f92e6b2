/* timestamp.h -- moments as people write them: ISO 8601 (RFC 3339). Thread: any. */
#ifndef WR_TIMESTAMP_H
#define WR_TIMESTAMP_H

#include "src/base/base.h"

enum { WR_TIMESTAMP_MAX = 80 };

/* "2023-11-14T22:13:20.000Z" for 1700000000000, ms since 1970; the number itself where the year has
 * not four digits. */
void wr_timestamp_format(char out[WR_TIMESTAMP_MAX], int64_t ms);

/* Read "2023-11-14T22:13:20", with up to three digits of a second behind a dot and with "Z" or
 * "+hh:mm" behind that if the writer wishes; without, it is UTC. False if text is none such. */
bool wr_timestamp_parse(const char *text, int64_t *ms);

#endif
