/* topic_name.h -- what Kafka takes as a name. */
#ifndef WR_TOPIC_NAME_H
#define WR_TOPIC_NAME_H

#include "src/base/base.h"

enum { WR_NAME_MAX = 249 }; /* bytes */

/* 1 to WR_NAME_MAX letters, digits, '.', '_' and '-', but not "." and "..", as in Apache Kafka's
 * class Topic. */
bool wr_is_name(const char *text);

#endif
