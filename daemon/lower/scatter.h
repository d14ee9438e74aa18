/*
 * Updates: statements whose targets are computed and may collide, such as
 *
 *   y[idx[t], d] += src[t, d]        h[k[i]] += 1        m[c[i]] max= x[i]
 *
 * No task ever writes an element that another one does, so that there is
 * nothing to lock and every element is reduced in an order that does not
 * depend on timing:
 *
 *   rows     a task owns a range of the target's rows and walks through all
 *            contributions, taking those that are its own
 *   columns  a task owns a range of the last dimension
 *   copies   a task walks through a part of the contributions into a copy of
 *            the target; a second stage joins the copies
 *
 * Where the target's last subscript is a plain index over its whole extent it
 * lies in the lanes. Sums are made in working precision and round once.
 */
#ifndef KEVO_LOWER_SCATTER_H
#define KEVO_LOWER_SCATTER_H

#include "lower/plan.h"

enum scatter_way { SCATTER_ROWS, SCATTER_COLUMNS, SCATTER_COPIES };

struct scatter {
        const struct statement *statement;
        const struct index *dense; /* in the lanes, or NULL */
        const struct index *own;   /* the target's rows themselves, or NULL */
        const struct index *cut;   /* whose range is cut in parts, or NULL */
        bool several; /* copies may be several a task: one loop, no lanes */
        /* p where rows y[off[b] + p, ...] are written, every row of y in one
         * of the segments of off; or NULL */
        const struct index *place;
};

void scatter_find(struct scatter *scatter, const struct statement *statement);

/* Append the fields scatter, shares and tables. */
void scatter_fields(const struct scatter *scatter,
                    const struct binding *workload,
                    const struct target *target, struct schedule_space *space);

/* The stages of the statement. ERR_UNSUPPORTED (into the program) for a way
 * that it does not have, or whose copies would be out of proportion. */
void scatter_stages(struct vector_scope *scope, const struct scatter *scatter,
                    const struct binding *workload,
                    const struct schedule *schedule);

#endif
