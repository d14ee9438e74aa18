/* Tasks of equal shares of ragged segments. */
#include "lower/ragged.h"

#include "lower/rewrite.h"

const struct tensor *ragged_offset(const struct expr *expr,
                                   const struct index *row, int64_t further)
{
        const struct expr *at;

        if (expr->op != EXPR_READ || !expr->value.read.tensor->offsets ||
            expr->value.read.tensor->rank != 1)
                return NULL;
        at = expr->value.read.subscript[0];
        if (further) {
                if (at->op != EXPR_ADD || at->arg[1]->op != EXPR_INTEGER ||
                    at->arg[1]->value.integer != further)
                        return NULL;
                at = at->arg[0];
        }
        if (at->op != EXPR_INDEX || at->value.index->number != row->number)
                return NULL;
        return expr->value.read.tensor;
}

static bool visit_segments(const struct expr *expr, void *data)
{
        struct ragged *ragged = data;

        for (int i = 0;
             expr->op == EXPR_REDUCE && i < expr->value.reduce.count; i++) {
                const struct index *p = expr->value.reduce.index[i];
                const struct tensor *low =
                        ragged_offset(p->lo, ragged->row, 0);

                if (low && low == ragged_offset(p->hi, ragged->row, 1))
                        ragged->offsets = low;
        }
        return !ragged->offsets;
}

bool ragged_find(struct ragged *ragged, const struct plan_item *item)
{
        const struct statement *s = item->statement;

        ragged->offsets = NULL;
        if (s->update != UPDATE_DEFINE || s->index_count == 0 || !item->value)
                return false;
        ragged->row = s->index[0];
        expr_walk(item->value, visit_segments, ragged);
        return ragged->offsets != NULL;
}

/* The first row whose start, counting rows as elements too, is not before
 * goal. */
static const struct thread_expr *row_from(struct vector_scope *scope,
                                          const struct ragged *ragged,
                                          const struct thread_expr *rows,
                                          const struct thread_expr *goal,
                                          const char *name)
{
        struct thread_program *program = scope->program;
        struct thread_array *offsets = thread_tensor(program, ragged->offsets);
        const struct thread_expr *low, *high, *middle, *start;
        const struct thread_expr *one = thread_int(program, 1);

        low = thread_var(program, name, thread_int(program, 0));
        high = thread_var(program, "high", rows);
        thread_for(program, "s", thread_int(program, 0),
                   thread_int(program, 40), 1);
        thread_if(program, thread_less(program, low, high));
        middle = thread_let(program, "middle",
                            thread_quotient(program,
                                            thread_add(program, low, high),
                                            thread_int(program, 2)));
        start = thread_cast(program, thread_load(program, offsets, middle, 1),
                            DTYPE_I64);
        thread_if(program,
                  thread_less(program, thread_add(program, start, middle),
                              goal));
        thread_assign(program, low, thread_add(program, middle, one));
        thread_else(program);
        thread_assign(program, high, middle);
        thread_end(program);
        thread_end(program);
        thread_end(program);
        return low;
}

void ragged_rows(struct vector_scope *scope, const struct ragged *ragged,
                 const struct thread_expr *task, int64_t tasks,
                 const struct thread_expr **first,
                 const struct thread_expr **last)
{
        struct thread_program *program = scope->program;
        const struct thread_expr *rows = vector_lower(scope, ragged->row->hi);
        const struct thread_expr *all, *share;

        thread_comment(program, "as many elements for every task");
        all = thread_add(program,
                         vector_lower(scope, ragged->offsets->offsets), rows);
        share = thread_let(
                program, "share",
                thread_blocks(program, all, thread_int(program, tasks)));
        *first = row_from(scope, ragged, rows,
                          thread_mul(program, task, share), "first");
        *last = row_from(
                scope, ragged, rows,
                thread_mul(program,
                           thread_add(program, task, thread_int(program, 1)),
                           share),
                "last");
}
