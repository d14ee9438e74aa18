/*
 * A stock of inputs: several sets for one binding in one sealed file, with
 * what the oracle says of each. It serves verification (one set at two
 * addresses, in two layouts) and measurement (a ring of different sets).
 */
#ifndef KEVO_EVALUATE_STOCK_H
#define KEVO_EVALUATE_STOCK_H

#include "evaluate/expected.h"
#include "evaluate/memory.h"
#include "evaluate/suspects.h"
#include "spec/inputs.h"

struct stock {
        const struct spec *spec;     /* borrowed */
        const struct oracle *oracle; /* borrowed */
        struct binding binding;
        uint64_t seed;
        enum distribution distribution;
        double amplitude;          /* halved until no honest order overflows */
        int sets, inputs, outputs; /* tensors of one set */
        bool twins; /* sets 0 and 1 hold the same values, one ending at its
                       last page's end, one starting with its first page */
        const struct tensor *input[LIMIT_TENSORS], *output[LIMIT_TENSORS];
        struct memory memory;
        struct cell_piece *piece;  /* sets x inputs */
        struct expected *expected; /* sets x outputs; a twin has none */
        int64_t input_bytes, output_bytes; /* of one set */
};

struct stock_order {
        const struct spec *spec;
        const struct oracle *oracle;
        struct binding binding;
        uint64_t seed;
        enum distribution distribution;
        int sets; /* different ones; 1 with twins */
        bool twins;
        struct expected_effort effort;
        int threads;
};

/* ERR_INPUT when the spec's inputs cannot be made or break the oracle. */
int stock_make(struct stock **stock, const struct stock_order *order,
               struct error *err) KEVO_MUST_CHECK;
void stock_free(struct stock *stock);

/* Input pointers of a set by tensor number, for the oracle. */
void stock_inputs(const struct stock *stock, int set,
                  const void *inputs[LIMIT_TENSORS]);
/* Expectations of output o for a set. */
const struct expected *stock_expected(const struct stock *stock, int set,
                                      int o);
/* Is data the right output o for a set? */
bool stock_accepts(const struct stock *stock, int set, int o, const void *data,
                   struct expected_miss *miss);
/* Did the oracle look at less than all of an output? */
bool stock_has_gaps(const struct stock *stock);
/* The same as stock_accepts at the suspects alone, in full: *accepted. */
int stock_accepts_suspects(const struct stock *stock, int set, int o,
                           const struct suspects *suspects, int threads,
                           const void *data, bool *accepted,
                           struct expected_miss *miss,
                           struct error *err) KEVO_MUST_CHECK;
/* Bytes of output o that are results for a set: less than the tensor's when
 * its length depends on data. */
int64_t stock_result_bytes(const struct stock *stock, int set, int o);
/* Bytes held, for caches. */
int64_t stock_bytes(const struct stock *stock);
/* Tensors of a binding, in bytes: what one set of inputs and of outputs
 * take. */
void stock_measure(const struct spec *spec, const struct binding *binding,
                   int64_t *input_bytes, int64_t *output_bytes);

#endif
