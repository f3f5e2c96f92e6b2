/* error.h -- the codes that Weir's functions return, and the text that goes with a failure.
 *
 * One table names every code together with what the runtime does when a node, a store or the
 * cluster reports it. A function of an application returns WEIR_OK, WEIR_SKIP, or another code
 * after it has said why with weir_fail().
 */
#ifndef WEIR_ERROR_H
#define WEIR_ERROR_H

#include <weir/api.h>

WEIR_BEGIN_DECLS

/* What the runtime does about a code. */
enum weir_reaction {
    WEIR_REACT_CALLER,  /* an answer for the caller; the runtime itself does nothing */
    WEIR_REACT_RETRY,   /* the same call again, after a pause */
    WEIR_REACT_SKIP,    /* the record is bad: the policy decides (fail, skip; dead letter or not) */
    WEIR_REACT_ABORT,   /* abort the transaction, drop uncommitted state, replay */
    WEIR_REACT_REBUILD, /* the outcome is unknown: new producer, read the truth back from Kafka */
    WEIR_REACT_LEAVE,   /* the tasks belong to somebody else: give them up and rejoin */
    WEIR_REACT_STOP,    /* stop the instance: going on cannot help */
};

/* X(code, reaction, short text). The order is part of the ABI: new codes go to the end. */
#define WEIR_CODES(X)                                                                              \
    X(OK, CALLER, "ok")                                                                            \
    X(ENOTFOUND, CALLER, "not found")                                                              \
    X(PENDING, CALLER, "not ready yet")                                                            \
    X(END, CALLER, "no more")                                                                      \
    X(EINVAL, STOP, "invalid argument")                                                            \
    X(ESTATE, STOP, "not allowed in this state")                                                   \
    X(ECONFIG, STOP, "bad configuration")                                                          \
    X(ETOPOLOGY, STOP, "bad topology")                                                             \
    X(SKIP, SKIP, "record skipped by the application")                                             \
    X(EDECODE, SKIP, "value or key cannot be decoded")                                             \
    X(ENOKEY, SKIP, "key is null")                                                                 \
    X(ETIME, SKIP, "bad record time")                                                              \
    X(ETOOLARGE, SKIP, "record is too large")                                                      \
    X(EPROCESS, SKIP, "the application could not process the record")                              \
    X(EIO, REBUILD, "input/output error")                                                          \
    X(EFULL, ABORT, "no space left")                                                               \
    X(ECORRUPT, REBUILD, "stored data is damaged")                                                 \
    X(ELOCKED, STOP, "in use by another process")                                                  \
    X(EIDENTITY, STOP, "belongs to another application or version")                                \
    X(ETIMEOUT, RETRY, "timed out")                                                                \
    X(EAGAIN, RETRY, "could not be done now")                                                      \
    X(EABORT, ABORT, "the transaction must be aborted")                                            \
    X(EFENCED, LEAVE, "another instance took over")                                                \
    X(EPRODUCER, REBUILD, "the producer is lost")                                                  \
    X(EAUTH, STOP, "not authorized")                                                               \
    X(ENOTOPIC, STOP, "topic does not exist")                                                      \
    X(EPARTITIONS, STOP, "partition count is wrong")                                               \
    X(EOFFSET, STOP, "position is not in the log")                                                 \
    X(ECLUSTER, RETRY, "cluster cannot be reached")                                                \
    X(EUNSUPPORTED, STOP, "not supported")                                                         \
    X(EINTERNAL, STOP, "internal error")

enum weir_code {
#define WEIR_CODE_ENUM(name, reaction, text) WEIR_##name,
    WEIR_CODES(WEIR_CODE_ENUM)
#undef WEIR_CODE_ENUM
        WEIR_CODE_COUNT /* not a code */
};

enum { WEIR_ERROR_TEXT_MAX = 1024 };

/* A failure in words: what, where, why, what to do. Lower case, no full stop. Written by the callee
 * only when it fails; text is always terminated. */
struct weir_error {
    enum weir_code code;
    char text[WEIR_ERROR_TEXT_MAX];
};

/* "WEIR_EIO" for WEIR_EIO; "WEIR_?" for a number that is no code. Thread: any. */
WEIR_API const char *weir_code_name(enum weir_code code);

/* "input/output error" for WEIR_EIO. Thread: any. */
WEIR_API const char *weir_code_text(enum weir_code code);

/* What the runtime does about code. Thread: any. */
WEIR_API enum weir_reaction weir_code_reaction(enum weir_code code);

WEIR_END_DECLS

#endif
