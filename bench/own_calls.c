/* own_calls.c -- counts what Weir's own code asks of the C library.
 *
 *   LD_PRELOAD=.../own_calls.so weir_bench ...
 *
 * Counts calls of malloc and its kin, of mutexes, clocks and write that come from the program
 * itself, in which the whole of Weir is linked, apart from those of librdkafka, LMDB and the rest.
 * Which is which says the return address; so free cannot be counted, which librdkafka jumps to at
 * the end of functions that Weir calls. Prints a line of JSON on stderr at the end.
 *
 * Thread: any; the counters are atomics, everything else is set before main.
 */
#include "src/base/base.h"

#include <dlfcn.h>
#include <link.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum kind { MALLOC, LOCK, CLOCK, WRITE, KINDS };
static const char *const names[] = {"malloc", "lock", "clock", "write"};

static uintptr_t code_begin;
static uintptr_t code_end;
static _Atomic uint64_t own[KINDS];
static _Atomic uint64_t foreign[KINDS];

/* The functions that are replaced. Found at the first call, which may be made by the start of
 * another library, before the constructor below. */
static int (*next_lock)(pthread_mutex_t *mutex);
static int (*next_clock)(clockid_t clock, struct timespec *time);
static ssize_t (*next_write)(int fd, const void *data, size_t len);

static void *found(void *next, const char *name)
{
    return next != NULL ? next : dlsym(RTLD_NEXT, name);
}

/* glibc's own names for what is replaced here; they can be called before anything else works. */
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *memory, size_t size);

static void count(enum kind kind, const void *from)
{
    uintptr_t at = (uintptr_t)from;
    bool is_own = at >= code_begin && at < code_end;
    atomic_fetch_add_explicit(is_own ? &own[kind] : &foreign[kind], 1, memory_order_relaxed);
}

#define REPLACED __attribute__((visibility("default")))
#define COUNT(kind) count(kind, __builtin_return_address(0))

REPLACED void *malloc(size_t size)
{
    COUNT(MALLOC);
    return __libc_malloc(size);
}

REPLACED void *calloc(size_t items, size_t size)
{
    COUNT(MALLOC);
    return __libc_calloc(items, size);
}

REPLACED void *realloc(void *memory, size_t size)
{
    COUNT(MALLOC);
    return __libc_realloc(memory, size);
}

REPLACED int pthread_mutex_lock(pthread_mutex_t *mutex)
{
    COUNT(LOCK);
    *(void **)&next_lock = found(*(void **)&next_lock, "pthread_mutex_lock");
    return next_lock(mutex);
}

REPLACED int clock_gettime(clockid_t clock, struct timespec *time)
{
    COUNT(CLOCK);
    *(void **)&next_clock = found(*(void **)&next_clock, "clock_gettime");
    return next_clock(clock, time);
}

REPLACED ssize_t write(int fd, const void *data, size_t len)
{
    COUNT(WRITE);
    *(void **)&next_write = found(*(void **)&next_write, "write");
    return next_write(fd, data, len);
}

/* The first object is the program itself. */
static int find_code(struct dl_phdr_info *object, size_t size, void *arg)
{
    WR_UNUSED(size), WR_UNUSED(arg);
    for (int i = 0; i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &object->dlpi_phdr[i];
        if (segment->p_type == PT_LOAD && (segment->p_flags & PF_X) != 0) {
            code_begin = object->dlpi_addr + segment->p_vaddr;
            code_end = code_begin + segment->p_memsz;
        }
    }
    return 1;
}

__attribute__((constructor)) static void begin(void)
{
    dl_iterate_phdr(find_code, NULL);
}

__attribute__((destructor)) static void end(void)
{
    for (int i = 0; i < KINDS; i++) {
        fprintf(stderr, "%s\"own_%s\":%llu,\"foreign_%s\":%llu%s", i == 0 ? "{" : ",", names[i],
                (unsigned long long)own[i], names[i], (unsigned long long)foreign[i],
                i + 1 == KINDS ? "}\n" : "");
    }
}
