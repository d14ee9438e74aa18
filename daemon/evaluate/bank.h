/*
 * What a worker keeps between requests: specs with their oracles, stocks of
 * inputs, secrets of campaigns, times of baselines. All of it can be made
 * again; a worker may be killed at any time.
 */
#ifndef KEVO_EVALUATE_BANK_H
#define KEVO_EVALUATE_BANK_H

#include "evaluate/reference.h"
#include "evaluate/stock.h"

enum {
        BANK_SPECS = 16,
        BANK_STOCKS = 64,
        BANK_CAMPAIGNS = 32,
        BANK_TIMES = 64
};

struct bank_spec {
        char key[HASH_TEXT_BYTES]; /* of the text */
        struct spec *spec;
        struct oracle *oracle;
        struct reference_runner *reference; /* or NULL */
};

struct bank {
        char cache[LIMIT_PATH_BYTES]; /* folder of oracles and builds */
        struct zygote *zygote;        /* for references; NULL: none can run */
        int threads;
        int64_t memory_bytes; /* for stocks */
        int spec_count, stock_count, campaign_count, time_count;
        struct bank_spec spec[BANK_SPECS];
        struct {
                char key[HASH_TEXT_BYTES];
                struct stock *stock;
                uint64_t used; /* request that used it last */
        } stock[BANK_STOCKS];
        struct {
                char name[HASH_TEXT_BYTES]; /* hash of the name */
                uint64_t secret;
        } campaign[BANK_CAMPAIGNS];
        struct {
                char key[HASH_TEXT_BYTES];
                double call_ns;
        } time[BANK_TIMES];
        uint64_t request; /* number of the present one */
};

void bank_init(struct bank *bank, const char *cache, int threads,
               int64_t memory_bytes);
void bank_dispose(struct bank *bank);

/* A new request begins: what the last one used may be dropped now. */
void bank_begin(struct bank *bank);

/* Parse a spec and open its oracle; borrowed until the next bank_begin.
 * reference: the text of its reference, or NULL. */
int bank_find_spec(struct bank *bank, const char *text, const char *file,
                   const char *reference, const struct bank_spec **spec,
                   struct error *err) KEVO_MUST_CHECK;

/* The secret of a campaign, made at its first request. */
uint64_t bank_secret(struct bank *bank, const char *campaign);

/* A stock, made or kept; borrowed until the next bank_begin. */
int bank_find_stock(struct bank *bank, const struct stock_order *order,
                    const struct stock **stock,
                    struct error *err) KEVO_MUST_CHECK;

/* Call times of baselines by a key; 0 when unknown. */
double bank_time(const struct bank *bank, const char *key);
void bank_set_time(struct bank *bank, const char *key, double call_ns);

#endif
