/*
 * What kevo eval --raw DIR writes for other programs to read: every tensor
 * of one evaluation as a file of little-endian numbers, and eval.json that
 * describes them. The form is documented in docs/language.md; tests compare
 * the oracle with other implementations through it.
 */
#ifndef KEVO_CLI_EVAL_RAW_H
#define KEVO_CLI_EVAL_RAW_H

#include "spec/inputs.h"
#include "spec/oracle.h"

/* One evaluation; the data is borrowed, by tensor->number. */
struct eval_raw {
        const struct spec *spec;
        const struct binding *binding;
        int64_t seed;             /* negative: all inputs were given */
        const char *distribution; /* its name */
        void *const *inputs;
        const struct oracle_values *values;
        int64_t (*extent)[LIMIT_RANK]; /* of outputs, as long as they are */
};

/* Create the folder when it is absent and write the files; eval.json comes
 * last. */
int eval_raw_write(const struct eval_raw *raw, const char *folder,
                   struct error *err) KEVO_MUST_CHECK;

#endif
