/* See bank.h. The lists are short: they are searched, not indexed. */
#include "evaluate/bank.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"

void bank_init(struct bank *bank, const char *cache, int threads,
               int64_t memory_bytes)
{
        memset(bank, 0, sizeof *bank);
        snprintf(bank->cache, sizeof bank->cache, "%s", cache);
        bank->threads = threads;
        bank->memory_bytes = memory_bytes;
}

static void drop_stock(struct bank *bank, int i)
{
        stock_free(bank->stock[i].stock);
        bank->stock[i] = bank->stock[--bank->stock_count];
}

/* Specs hold what stocks point to: they go together. */
static void drop_everything(struct bank *bank)
{
        while (bank->stock_count)
                drop_stock(bank, 0);
        for (int i = 0; i < bank->spec_count; i++) {
                oracle_close(bank->spec[i].oracle);
                reference_close(bank->spec[i].reference);
                spec_free(bank->spec[i].spec);
        }
        bank->spec_count = 0;
}

void bank_dispose(struct bank *bank)
{
        drop_everything(bank);
}

static int64_t stocks_bytes(const struct bank *bank)
{
        int64_t sum = 0;

        for (int i = 0; i < bank->stock_count; i++)
                sum += stock_bytes(bank->stock[i].stock);
        return sum;
}

static int oldest(const struct bank *bank)
{
        int best = 0;

        for (int i = 1; i < bank->stock_count; i++) {
                if (bank->stock[i].used < bank->stock[best].used)
                        best = i;
        }
        return best;
}

void bank_begin(struct bank *bank)
{
        bank->request++;
        if (bank->spec_count == BANK_SPECS)
                drop_everything(bank);
        while (bank->stock_count && (bank->stock_count > BANK_STOCKS / 2 ||
                                     stocks_bytes(bank) > bank->memory_bytes))
                drop_stock(bank, oldest(bank));
}

/* Everything of one spec, or nothing. */
static int open_spec(struct bank *bank, struct bank_spec *s, const char *text,
                     const char *file, const char *reference,
                     struct error *err)
{
        int rc = spec_parse(text, strlen(text), file, &s->spec, err);

        if (rc == 0 && s->spec->reference && reference)
                rc = spec_set_reference(s->spec, reference, strlen(reference),
                                        err);
        if (rc == 0)
                rc = oracle_open(&s->oracle, s->spec, bank->cache, err);
        if (rc == 0 && bank->zygote)
                rc = reference_open(&s->reference, s->spec, s->oracle,
                                    bank->zygote, bank->cache, err);
        if (rc == 0)
                return 0;
        oracle_close(s->oracle);
        spec_free(s->spec);
        return rc;
}

int bank_find_spec(struct bank *bank, const char *text, const char *file,
                   const char *reference, const struct bank_spec **spec,
                   struct error *err)
{
        char key[HASH_TEXT_BYTES];
        struct bank_spec *s;
        struct hash hash;
        int rc;

        hash_begin(&hash);
        hash_add(&hash, text, strlen(text) + 1);
        if (reference)
                hash_add(&hash, reference, strlen(reference));
        hash_end(&hash, key);
        for (int i = 0; i < bank->spec_count; i++) {
                if (text_equal(bank->spec[i].key, key)) {
                        *spec = bank->spec + i;
                        return 0;
                }
        }
        if (bank->spec_count == BANK_SPECS)
                return error_set(err, ERR_LIMIT, "too many specs at once");
        s = bank->spec + bank->spec_count;
        memset(s, 0, sizeof *s);
        memcpy(s->key, key, sizeof key);
        rc = open_spec(bank, s, text, file, reference, err);
        if (rc < 0)
                return rc;
        bank->spec_count++;
        *spec = s;
        return 0;
}

uint64_t bank_secret(struct bank *bank, const char *campaign)
{
        char name[HASH_TEXT_BYTES];
        int n = bank->campaign_count;

        hash_bytes(campaign, strlen(campaign), name);
        for (int i = 0; i < n; i++) {
                if (text_equal(bank->campaign[i].name, name))
                        return bank->campaign[i].secret;
        }
        if (n == BANK_CAMPAIGNS) {
                memmove(bank->campaign, bank->campaign + 1,
                        (BANK_CAMPAIGNS - 1) * sizeof *bank->campaign);
                n--;
        }
        memcpy(bank->campaign[n].name, name, sizeof name);
        bank->campaign[n].secret = rng_secret();
        bank->campaign_count = n + 1;
        return bank->campaign[n].secret;
}

static void key_of(const struct stock_order *o, char key[HASH_TEXT_BYTES])
{
        struct hash hash;

        hash_begin(&hash);
        hash_add(&hash, &o->spec, sizeof o->spec); /* by identity */
        for (int i = 0; i < o->spec->size_count; i++)
                hash_add_int(&hash, o->binding.size[i]);
        for (int i = 0; i < o->spec->param_count; i++)
                hash_add(&hash, &o->binding.param[i],
                         sizeof o->binding.param[i]);
        hash_add_int(&hash, o->binding.zipf);
        hash_add_int(&hash, (int64_t)o->seed);
        hash_add_int(&hash, o->distribution);
        hash_add_int(&hash, o->sets);
        hash_add_int(&hash, o->twins);
        hash_add(&hash, &o->effort.operations, sizeof o->effort.operations);
        hash_add_int(&hash, o->effort.elements);
        hash_add_int(&hash, o->effort.boxes);
        hash_end(&hash, key);
}

int bank_find_stock(struct bank *bank, const struct stock_order *order,
                    const struct stock **stock, struct error *err)
{
        char key[HASH_TEXT_BYTES];
        struct stock *made = NULL;
        int i, rc;

        key_of(order, key);
        for (i = 0; i < bank->stock_count; i++) {
                if (text_equal(bank->stock[i].key, key)) {
                        bank->stock[i].used = bank->request;
                        *stock = bank->stock[i].stock;
                        return 0;
                }
        }
        if (bank->stock_count == BANK_STOCKS) {
                i = oldest(bank);
                if (bank->stock[i].used == bank->request)
                        return error_set(err, ERR_LIMIT,
                                         "a request that needs more than %d "
                                         "stocks of inputs",
                                         BANK_STOCKS);
                drop_stock(bank, i);
        }
        rc = stock_make(&made, order, err);
        if (rc < 0)
                return rc;
        i = bank->stock_count++;
        memcpy(bank->stock[i].key, key, sizeof key);
        bank->stock[i].stock = made;
        bank->stock[i].used = bank->request;
        *stock = made;
        return 0;
}

double bank_time(const struct bank *bank, const char *key)
{
        for (int i = 0; i < bank->time_count; i++) {
                if (text_equal(bank->time[i].key, key))
                        return bank->time[i].call_ns;
        }
        return 0;
}

void bank_set_time(struct bank *bank, const char *key, double call_ns)
{
        int n = bank->time_count;

        if (n == BANK_TIMES) {
                memmove(bank->time, bank->time + 1,
                        (BANK_TIMES - 1) * sizeof *bank->time);
                n--;
        }
        snprintf(bank->time[n].key, sizeof bank->time[n].key, "%.64s", key);
        bank->time[n].call_ns = call_ns;
        bank->time_count = n + 1;
}
