/* See stock.h. */
#include "evaluate/stock.h"

#include <stdlib.h>
#include <string.h>

enum { HALVINGS = 12 };

void stock_free(struct stock *stock)
{
        if (!stock)
                return;
        for (int i = 0; stock->expected && i < stock->sets * stock->outputs;
             i++)
                expected_dispose(stock->expected + i);
        free(stock->expected);
        free(stock->piece);
        memory_dispose(&stock->memory);
        free(stock);
}

void stock_measure(const struct spec *spec, const struct binding *binding,
                   int64_t *input_bytes, int64_t *output_bytes)
{
        *input_bytes = *output_bytes = 0;
        for (int i = 0; i < spec->tensor_count; i++) {
                const struct tensor *t = spec->tensor[i];

                if (t->role == TENSOR_IN)
                        *input_bytes += spec_tensor_bytes(t, binding);
                else if (t->role == TENSOR_OUT)
                        *output_bytes += spec_tensor_bytes(t, binding);
        }
}

void stock_inputs(const struct stock *stock, int set,
                  const void *inputs[LIMIT_TENSORS])
{
        memset(inputs, 0, LIMIT_TENSORS * sizeof *inputs);
        for (int i = 0; i < stock->inputs; i++)
                inputs[stock->input[i]->number] =
                        memory_data(&stock->memory,
                                    stock->piece + set * stock->inputs + i);
}

const struct expected *stock_expected(const struct stock *stock, int set,
                                      int o)
{
        if (stock->twins)
                set = 0;
        return stock->expected + set * stock->outputs + o;
}

bool stock_accepts(const struct stock *stock, int set, int o, const void *data,
                   struct expected_miss *miss)
{
        const void *inputs[LIMIT_TENSORS];

        stock_inputs(stock, set, inputs);
        return expected_accepts(stock_expected(stock, set, o), stock->spec,
                                stock->oracle, &stock->binding, inputs, data,
                                miss);
}

bool stock_has_gaps(const struct stock *stock)
{
        for (int o = 0; o < stock->outputs; o++) {
                if (!stock_expected(stock, 0, o)->full)
                        return true;
        }
        return false;
}

int stock_accepts_suspects(const struct stock *stock, int set, int o,
                           const struct suspects *suspects, int threads,
                           const void *data, bool *accepted,
                           struct expected_miss *miss, struct error *err)
{
        const void *inputs[LIMIT_TENSORS];
        struct expected places;
        int rc;

        stock_inputs(stock, set, inputs);
        rc = expected_make_places(&places, stock_expected(stock, set, o),
                                  stock->oracle, &stock->binding, inputs,
                                  suspects->at, suspects->count, threads, err);
        if (rc < 0)
                return rc;
        *accepted = expected_accepts(&places, stock->spec, stock->oracle,
                                     &stock->binding, inputs, data, miss);
        expected_dispose(&places);
        return 0;
}

int64_t stock_result_bytes(const struct stock *stock, int set, int o)
{
        return stock_expected(stock, set, o)->elements *
               (int64_t)dtype_bytes(stock->output[o]->dtype);
}

int64_t stock_bytes(const struct stock *stock)
{
        int64_t bytes = (int64_t)stock->memory.bytes;

        for (int i = 0; i < stock->sets * stock->outputs; i++) {
                const struct expected *x = stock->expected + i;

                for (int b = 0; b < x->box_count; b++)
                        bytes += x->box[b].count * 17;
        }
        return bytes;
}

static int allocate(struct stock *s, struct error *err)
{
        uint64_t end = 0;

        s->piece = calloc((size_t)(s->sets * s->inputs) + 1, sizeof *s->piece);
        s->expected = calloc((size_t)(s->sets * s->outputs) + 1,
                             sizeof *s->expected);
        if (!s->piece || !s->expected)
                return error_memory(err);
        for (int set = 0; set < s->sets; set++) {
                enum memory_layout layout =
                        s->twins && set == 1 ? MEMORY_AT_START : MEMORY_AT_END;

                for (int i = 0; i < s->inputs; i++)
                        memory_place(s->piece + set * s->inputs + i, &end,
                                     (uint64_t)spec_tensor_bytes(s->input[i],
                                                                 &s->binding),
                                     layout);
        }
        return memory_create(&s->memory, end, err);
}

/* Fill every set at the present amplitude. */
static int fill(struct stock *s, struct error *err)
{
        int rc = 0;

        for (int set = 0; set < s->sets && rc == 0; set++) {
                uint64_t seed = rng_derive(s->seed, "set",
                                           s->twins ? 0 : (uint64_t)set);

                for (int i = 0; i < s->inputs && rc == 0; i++) {
                        struct cell_piece *p = s->piece + set * s->inputs + i;

                        memory_arm(&s->memory, p, s->seed);
                        rc = inputs_fill(s->spec, &s->binding, s->input[i],
                                         seed, s->distribution, s->amplitude,
                                         memory_data(&s->memory, p), err);
                }
        }
        return rc;
}

static int expect(struct stock *s, const struct stock_order *order,
                  bool *overflow, struct error *err)
{
        struct rng rng = {rng_derive(s->seed, "boxes", 0), 0};
        int different = s->twins ? 1 : s->sets, rc = 0;

        *overflow = false;
        for (int set = 0; set < different && rc == 0; set++) {
                const void *inputs[LIMIT_TENSORS];

                stock_inputs(s, set, inputs);
                for (int o = 0; o < s->outputs && rc == 0; o++)
                        rc = expected_make(
                                s->expected + set * s->outputs + o, s->oracle,
                                s->spec, &s->binding, inputs, s->output[o],
                                &order->effort, s->expected[o].constant, &rng,
                                order->threads, overflow, err);
        }
        return rc;
}

/* Make inputs and expectations; when an honest order of evaluation overflows
 * where the oracle does not, with smaller numbers again. */
static int make(struct stock *s, const struct stock_order *order,
                struct error *err)
{
        bool overflow = true;
        int rc = 0;

        for (int i = 0; i < HALVINGS; i++) {
                rc = fill(s, err);
                if (rc == 0)
                        rc = expect(s, order, &overflow, err);
                if (rc == 0 || !overflow)
                        break;
                for (int k = 0; k < s->sets * s->outputs; k++)
                        expected_dispose(s->expected + k);
                s->amplitude /= 2;
        }
        return rc < 0 ? rc : memory_seal(&s->memory, err);
}

int stock_make(struct stock **stock, const struct stock_order *order,
               struct error *err)
{
        const struct spec *spec = order->spec;
        struct stock *s = calloc(1, sizeof *s);
        int rc;

        *stock = NULL;
        if (!s)
                return error_memory(err);
        s->spec = spec;
        s->oracle = order->oracle;
        s->binding = order->binding;
        s->seed = order->seed;
        s->distribution = order->distribution;
        s->amplitude = 1;
        s->twins = order->twins;
        s->sets = order->twins ? 2 : order->sets;
        for (int i = 0; i < spec->tensor_count; i++) {
                if (spec->tensor[i]->role == TENSOR_IN)
                        s->input[s->inputs++] = spec->tensor[i];
                else if (spec->tensor[i]->role == TENSOR_OUT)
                        s->output[s->outputs++] = spec->tensor[i];
        }
        stock_measure(spec, &s->binding, &s->input_bytes, &s->output_bytes);
        rc = allocate(s, err);
        if (rc == 0)
                rc = make(s, order, err);
        if (rc < 0) {
                stock_free(s);
                return rc;
        }
        *stock = s;
        return 0;
}
