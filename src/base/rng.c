/* rng.c -- seeded numbers for tests and the simulator, kernel randomness for identities. */
#include "src/base/base.h"

#include <errno.h>
#include <stdio.h>
#include <sys/random.h>

#include "src/base/rng.h"

static uint64_t splitmix(uint64_t *x)
{
    uint64_t z = (*x += 0x9e3779b97f4a7c15U);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31);
}

static uint64_t rotl(uint64_t x, int k)
{
    return (x << k) | (x >> (64 - k));
}

void wr_rng_seed(struct wr_rng *r, uint64_t seed)
{
    for (size_t i = 0; i < WR_ARRAY_LEN(r->s); i++) {
        r->s[i] = splitmix(&seed);
    }
}

uint64_t wr_rng_next(struct wr_rng *r)
{
    uint64_t *s = r->s;
    uint64_t result = rotl(s[1] * 5, 7) * 9;
    uint64_t t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotl(s[3], 45);
    return result;
}

uint64_t wr_rng_below(struct wr_rng *r, uint64_t bound)
{
    wr_assert(bound > 0);
    uint64_t limit = UINT64_MAX - UINT64_MAX % bound; /* a multiple of bound: no bias */
    uint64_t x;
    do {
        x = wr_rng_next(r);
    } while (x >= limit);
    return x % bound;
}

void wr_random_bytes(void *out, size_t len)
{
    char *p = out;
    while (len != 0) {
        ssize_t n = getrandom(p, len, 0);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        wr_assert(n > 0);
        p += n;
        len -= (size_t)n;
    }
}

void wr_random_id(char out[33])
{
    unsigned char raw[16];
    wr_random_bytes(raw, sizeof raw);
    for (size_t i = 0; i < sizeof raw; i++) {
        snprintf(out + 2 * i, 3, "%02x", raw[i]);
    }
}
