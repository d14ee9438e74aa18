/* The printer's state, shared by canon.c and canon_expr.c. */
#ifndef KEVO_SPEC_CANON_PRINTER_H
#define KEVO_SPEC_CANON_PRINTER_H

#include "core/buf.h"
#include "spec/spec.h"

struct canon_printer {
        struct buf *out;
        bool canonical;
        char prefix[LIMIT_NAME_BYTES]; /* of canonical index names */
        int depth;                     /* open indices */
        short level[LIMIT_SPEC_NAMES]; /* of an index, by number */
};

void canon_put_expr(struct canon_printer *p, const struct expr *expr);
void canon_put_list(struct canon_printer *p, int count,
                    const struct expr *const *list);
void canon_put_statement(struct canon_printer *p, const struct statement *s);
/* The fewest digits that read back as the same double; always a real. */
void canon_put_real(struct buf *out, double value);
/* binding.c: the fewest digits that give the same value in that type. */
void binding_put_value(struct buf *out, enum dtype dtype, double value);
/* "n=-4 is outside its range 0..=86400000", in digits of its type. */
void binding_put_outside(struct buf *out, const struct param *param,
                         double value);
void canon_put_integer(struct buf *out, int64_t value);

#endif
