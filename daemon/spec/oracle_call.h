/*
 * What the printed oracle and its caller share: the layout of a call and the
 * ways in which inputs can break a spec. The layout is printed by hand in
 * the prelude; oracle_call_bytes of the compiled text is compared with
 * sizeof(struct oracle_call) when it is loaded. Internal to the oracle.
 */
#ifndef KEVO_SPEC_ORACLE_CALL_H
#define KEVO_SPEC_ORACLE_CALL_H

#include "core/buf.h"
#include "spec/spec.h"

enum oracle_failure {
        FAIL_NONE,
        FAIL_OUTSIDE,
        FAIL_OVERFLOW,
        FAIL_EMPTY,
        FAIL_DIVISOR,
        FAIL_COLLISION,
        FAIL_SHIFT,
        FAIL_MEMORY,
        FAIL_COUNT
};

/* One tensor of a call: an input's data, or the planes of a box. Element
 * (i, j, ...) of the tensor is at i * stride[0] + j * stride[1] + ... - base.
 * v and e are double, or long double for f64 specs; a holds the honest
 * values of an element side by side. */
struct oracle_view {
        const void *data;
        void *copy; /* an input's box in another layout, or NULL */
        void *v, *e, *a;
        int64_t *i;
        uint8_t *u, *w;
        int64_t base, lo[LIMIT_RANK], hi[LIMIT_RANK], stride[LIMIT_RANK],
                extent[LIMIT_RANK];
};

struct oracle_call {
        const int64_t *size;
        const double *param;
        int64_t drop;          /* mutation number, 0: none */
        int64_t forced_tensor; /* whose argmax takes `forced` if as good */
        int64_t forced;
        int64_t code, line, column; /* the first failure */
        void *terms;                /* honest flavour: the caller frees */
        int64_t terms_used, terms_room;
        struct oracle_view t[LIMIT_TENSORS];
};

typedef void oracle_function(struct oracle_call *call, const int64_t *low,
                             const int64_t *high);

/* The constants of this header as macros of the printed text. */
void oracle_call_print(struct buf *out);
/* "a read outside its tensor": what a failure means. */
const char *oracle_failure_text(int64_t code);

#endif
