/* mailbox.h -- how threads talk: messages are handed over, in order, and never shared.
 *
 * Many senders, one receiver. A message belongs to the sender until it is posted and to the
 * receiver from then on. Posting wakes the receiver.
 */
#ifndef WR_MAILBOX_H
#define WR_MAILBOX_H

#include <pthread.h>

#include "src/base/base.h"
#include "src/base/wake.h"

/* The head of every message; the rest of the structure is between sender and receiver. */
struct wr_mail {
    struct wr_mail *next;
    int kind;
};

struct wr_mailbox {
    pthread_mutex_t lock;
    struct wr_mail *first;
    struct wr_mail *last;
    struct wr_wake *wake; /* of the receiver; not owned */
};

void wr_mailbox_init(struct wr_mailbox *m, struct wr_wake *wake);

/* The mailbox must be empty. */
void wr_mailbox_free(struct wr_mailbox *m);

/* Thread: any. */
void wr_mailbox_post(struct wr_mailbox *m, struct wr_mail *mail);

/* The oldest message, NULL if there is none. Thread: the receiver. */
struct wr_mail *wr_mailbox_take(struct wr_mailbox *m);

#endif
