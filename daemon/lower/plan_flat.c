/*
 * Flattening: indices that walk through memory together with every operand
 * run as one long loop; what is left in front of them is a row number.
 */
#include "lower/node.h"
#include "lower/plan.h"
#include "lower/quotient.h"
#include "lower/rewrite.h"

/* Indices that are to run together. */
struct flat {
        int count;
        const struct index *const *index;
        bool pairs; /* the last one counts pairs (map_pair.h) */
        bool refused;
};

static bool depends_on_flat(const struct flat *flat, const struct expr *expr)
{
        for (int i = 0; i < flat->count; i++)
                if (vector_depends(expr, flat->index[i]))
                        return true;
        return false;
}

/* D // 2 is half of an even D alone: of an odd one a row has an element more
 * than its pairs have. */
static bool is_half(const struct expr *half, const struct expr *whole)
{
        if (half->op == EXPR_FLOOR_DIV)
                return node_is_integer(half->arg[1], 2) &&
                       rewrite_equal(half->arg[0], whole) &&
                       quotient_is_multiple(whole, 2);
        return whole->op == EXPR_MUL &&
               ((node_is_integer(whole->arg[0], 2) &&
                 rewrite_equal(whole->arg[1], half)) ||
                (node_is_integer(whole->arg[1], 2) &&
                 rewrite_equal(whole->arg[0], half)));
}

/* Is a subscript two elements further for each value of `index`, whatever the
 * others of the flat ones, which are 0 while they run together? */
static bool counts_pairs(const struct flat *flat, const struct expr *s,
                         const struct index *index)
{
        for (int i = 0; i < flat->count; i++)
                if (flat->index[i] != index &&
                    vector_depends(s, flat->index[i]))
                        return false;
        return vector_step(s, index) == 2;
}

/* Do the last subscripts, but for `behind` of them, walk through the tensor as
 * the indices do? */
static bool moves_along(const struct flat *flat, const struct read *read,
                        int behind)
{
        int rank = read->tensor->rank - behind, first = rank - flat->count;

        if (first < 0)
                return false;
        for (int d = 0; d < read->tensor->rank; d++) {
                const struct expr *s = read->subscript[d];
                const struct expr *extent = read->tensor->extent[d];
                const struct index *index;

                if (d < first || d >= rank) {
                        if (depends_on_flat(flat, s) ||
                            (d >= rank && !node_is_integer(extent, 2)))
                                return false;
                        continue;
                }
                index = flat->index[d - first];
                if (flat->pairs && d == rank - 1 && behind == 0 &&
                    counts_pairs(flat, s, index) && is_half(index->hi, extent))
                        continue;
                if (!node_is_index(s, index) ||
                    !rewrite_equal(extent, index->hi))
                        return false;
        }
        return true;
}

static void check_flat(struct flat *flat, const struct expr *expr);

static void check_flat_read(struct flat *flat, const struct read *read)
{
        bool still = true;

        for (int d = 0; d < read->tensor->rank; d++)
                if (depends_on_flat(flat, read->subscript[d]))
                        still = false;
        if (read->fallback)
                check_flat(flat, read->fallback);
        if (!still && (read->safety != READ_PROVED ||
                       !(moves_along(flat, read, 0) ||
                         (flat->pairs && moves_along(flat, read, 1)))))
                flat->refused = true;
}

static void check_flat(struct flat *flat, const struct expr *expr)
{
        if (expr->op == EXPR_READ) {
                check_flat_read(flat, &expr->value.read);
                return;
        }
        if (expr->op == EXPR_INDEX && depends_on_flat(flat, expr))
                flat->refused = true;
        for (int i = 0;
             expr->op == EXPR_REDUCE && i < expr->value.reduce.count; i++)
                if (depends_on_flat(flat, expr->value.reduce.index[i]->lo) ||
                    depends_on_flat(flat, expr->value.reduce.index[i]->hi))
                        flat->refused = true;
        for (int i = 0; i < expr->count && !flat->refused; i++)
                check_flat(flat, expr->arg[i]);
}

static bool run_together(const struct expr *expr, int count,
                         const struct index *const *index, bool pairs)
{
        struct flat flat = {count, index, pairs, false};

        for (int i = 0; i < count; i++) {
                if (index[i]->lo->op != EXPR_INTEGER ||
                    index[i]->lo->value.integer != 0)
                        return false;
                if (depends_on_flat(&flat, index[i]->hi))
                        return false;
        }
        check_flat(&flat, expr);
        return !flat.refused;
}

bool plan_runs_together(const struct expr *expr, int count,
                        const struct index *const *index)
{
        return run_together(expr, count, index, false);
}

int plan_collapse(const struct plan_item *item)
{
        const struct statement *s = item->statement;
        bool pairs = item->pair != NULL;

        for (int first = 0; first < s->index_count - 1; first++) {
                int count = s->index_count - first;

                if (run_together(item->value, count, &s->index[first],
                                 pairs) &&
                    (!pairs ||
                     run_together(item->pair, count, &s->index[first], true)))
                        return count;
        }
        return s->index_count ? 1 : 0;
}

void plan_bind_rows(struct vector_scope *scope, int count,
                    const struct index *const *index,
                    const struct thread_expr *row)
{
        struct thread_program *program = scope->program;

        for (int i = count - 1; i >= 0; i--) {
                const struct thread_expr *extent =
                        vector_lower(scope, index[i]->hi);
                const struct thread_expr *at =
                        i ? thread_remainder(program, row, extent) : row;

                if (count > 1)
                        at = thread_let(program, index[i]->name, at);
                vector_bind(scope, index[i], at);
                if (i)
                        row = thread_quotient(program, row, extent);
        }
}

const struct thread_expr *plan_rows_begin(struct vector_scope *scope,
                                          struct plan_rows *rows, int count,
                                          const struct index *const *index,
                                          const struct thread_expr *first,
                                          const struct thread_expr *last)
{
        struct thread_program *program = scope->program;
        const struct thread_expr *row = first;

        rows->count = count;
        for (int i = count - 1; i >= 0 && count > 1; i--) {
                const struct thread_expr *extent =
                        vector_lower(scope, index[i]->hi);

                /* Without any row nothing runs, but this is in front. */
                if (i && !plan_positive(index[i]->hi))
                        extent = thread_max(program, extent,
                                            thread_int(program, 1));
                rows->extent[i] = thread_let(program, "count", extent);
                rows->at[i] = thread_var(
                        program, index[i]->name,
                        i ? thread_remainder(program, row, rows->extent[i])
                          : row);
                if (i)
                        row = thread_quotient(program, row, rows->extent[i]);
                vector_bind(scope, index[i], rows->at[i]);
        }
        row = thread_for(program, count == 1 ? index[0]->name : "row", first,
                         last, 1);
        if (count == 1)
                vector_bind(scope, index[0], row);
        return row;
}

void plan_rows_end(struct vector_scope *scope, const struct plan_rows *rows)
{
        struct thread_program *program = scope->program;
        const struct thread_expr *one = thread_int(program, 1);
        const struct thread_expr *const *at = rows->at;

        for (int i = rows->count - 1; i >= 0 && rows->count > 1; i--) {
                thread_assign(program, at[i], thread_add(program, at[i], one));
                if (i == 0)
                        break;
                thread_if(program, thread_binary(program, THREAD_EQ, at[i],
                                                 rows->extent[i]));
                thread_assign(program, at[i], thread_int(program, 0));
        }
        for (int i = 1; i < rows->count; i++)
                thread_end(program);
        thread_end(program);
}

const struct thread_expr *plan_bind_collapsed(struct vector_scope *scope,
                                              const struct plan_item *item,
                                              int count)
{
        const struct statement *s = item->statement;
        const struct thread_expr *product = thread_int(scope->program, 1);

        for (int i = s->index_count - count; i < s->index_count; i++) {
                product = thread_mul(scope->program, product,
                                     vector_lower(scope, s->index[i]->hi));
                if (i < s->index_count - 1)
                        vector_bind(scope, s->index[i],
                                    thread_int(scope->program, 0));
        }
        return product;
}
