/* test_mailbox.c -- messages between threads. */
#include "src/base/base.h"

#include "src/base/mailbox.h"
#include "src/base/thread.h"
#include "tests/unit/suite.h"

static struct wr_wake wake;
static struct wr_mailbox box;

static void setup(void)
{
    wr_wake_init(&wake);
    wr_mailbox_init(&box, &wake);
}

static void teardown(void)
{
    wr_mailbox_free(&box);
    wr_wake_free(&wake);
}

START_TEST(messages_come_in_the_order_of_posting_and_wake_the_receiver)
{
    struct wr_mail a = {.kind = 1};
    struct wr_mail b = {.kind = 2};
    ck_assert_ptr_null(wr_mailbox_take(&box));
    wr_mailbox_post(&box, &a);
    wr_mailbox_post(&box, &b);
    ck_assert(wr_wake_wait(&wake, 0));
    ck_assert_ptr_eq(wr_mailbox_take(&box), &a);
    wr_mailbox_post(&box, &a);
    ck_assert_ptr_eq(wr_mailbox_take(&box), &b);
    ck_assert_ptr_eq(wr_mailbox_take(&box), &a);
    ck_assert_ptr_null(wr_mailbox_take(&box));
}
END_TEST

enum { SENDERS = 4, EACH = 1000 };
static struct wr_mail mails[SENDERS][EACH];

static void post_all(void *arg)
{
    struct wr_mail *mine = arg;
    for (int i = 0; i < EACH; i++) {
        mine[i].kind = i;
        wr_mailbox_post(&box, &mine[i]);
    }
}

START_TEST(no_message_of_many_senders_is_lost_and_each_sender_keeps_its_order)
{
    struct wr_thread threads[SENDERS];
    int next[SENDERS] = {0};
    for (int i = 0; i < SENDERS; i++) {
        ck_assert_int_eq(wr_thread_start(&threads[i], "sender", post_all, mails[i], NULL), WEIR_OK);
    }
    for (int got = 0; got < SENDERS * EACH;) {
        struct wr_mail *m = wr_mailbox_take(&box);
        if (m == NULL) {
            ck_assert(wr_wake_wait(&wake, 5000));
            continue;
        }
        long sender = (m - mails[0]) / EACH;
        ck_assert_int_eq(m->kind, next[sender]++);
        got++;
    }
    for (int i = 0; i < SENDERS; i++) {
        wr_thread_join(&threads[i]);
    }
}
END_TEST

Suite *mailbox_suite(void)
{
    Suite *s = suite_create("mailbox");
    TCase *t = tcase_create("mailbox");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, messages_come_in_the_order_of_posting_and_wake_the_receiver);
    tcase_add_test(t, no_message_of_many_senders_is_lost_and_each_sender_keeps_its_order);
    suite_add_tcase(s, t);
    return s;
}
