/* Tasks of equal shares of ragged segments. */
#include "lower/ragged.h"

#include "lower/bisect.h"
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

struct goal {
        struct thread_array *offsets;
        const struct thread_expr *elements;
};

/* Does a row start before the goal, counting rows as elements too? */
static const struct thread_expr *starts_before(struct vector_scope *scope,
                                               const struct thread_expr *row,
                                               void *data)
{
        struct thread_program *program = scope->program;
        const struct goal *goal = data;
        const struct thread_expr *start = thread_cast(
                program, thread_load(program, goal->offsets, row, 1),
                DTYPE_I64);

        return thread_less(program, thread_add(program, start, row),
                           goal->elements);
}

/* The first row that does not. */
static const struct thread_expr *row_from(struct vector_scope *scope,
                                          const struct ragged *ragged,
                                          const struct thread_expr *rows,
                                          const struct thread_expr *elements,
                                          const char *name)
{
        struct goal goal = {thread_tensor(scope->program, ragged->offsets),
                            elements};

        return bisect(scope, name, thread_int(scope->program, 0), rows,
                      starts_before, &goal);
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
