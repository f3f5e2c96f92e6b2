/* topic_name.h -- what Kafka takes as a name. */
#ifndef WR_TOPIC_NAME_H
#define WR_TOPIC_NAME_H

#include "src/base/base.h"

enum { WR_NAME_MAX = 249 }; /* bytes */

/* Every byte that may be in a name. */
#define WR_NAME_BYTES "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-"

/* 1 to WR_NAME_MAX of these bytes, but not "." and "..", as in Apache Kafka's class Topic. */
bool wr_is_name(const char *text);

#endif
