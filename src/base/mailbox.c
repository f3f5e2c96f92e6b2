/* mailbox.c -- messages between threads. The lock is held for a few instructions only. */
#include "src/base/base.h"

#include "src/base/mailbox.h"

void wr_mailbox_init(struct wr_mailbox *m, struct wr_wake *wake)
{
    *m = (struct wr_mailbox){.wake = wake};
    wr_assert(pthread_mutex_init(&m->lock, NULL) == 0);
}

void wr_mailbox_free(struct wr_mailbox *m)
{
    wr_assert(m->first == NULL);
    pthread_mutex_destroy(&m->lock);
}

void wr_mailbox_post(struct wr_mailbox *m, struct wr_mail *mail)
{
    mail->next = NULL;
    pthread_mutex_lock(&m->lock);
    if (m->first == NULL) {
        m->first = mail;
    } else {
        m->last->next = mail;
    }
    m->last = mail;
    pthread_mutex_unlock(&m->lock);
    wr_wake_signal(m->wake);
}

struct wr_mail *wr_mailbox_take(struct wr_mailbox *m)
{
    pthread_mutex_lock(&m->lock);
    struct wr_mail *mail = m->first;
    if (mail != NULL) {
        m->first = mail->next;
        mail->next = NULL;
    }
    pthread_mutex_unlock(&m->lock);
    return mail;
}
