/*
 * See map_sums.h. A partial sum is a statement like any other to the passes
 * of a row: an output whose value reads what it stores. That its place is the
 * task's and not the row's is in its subscripts.
 */
#include "lower/map_sums.h"

#include "lower/node.h"
#include "lower/rewrite.h"
#include "lower/row.h"

bool map_sums_open(struct map_sums *sums, const struct plan *plan,
                   int64_t parts)
{
        struct index *part = arena_alloc(plan->arena, sizeof *part);

        *sums = (struct map_sums){.arena = plan->arena,
                                  .spec = plan->spec,
                                  .parts = parts,
                                  .part = part};
        if (!part)
                return false;
        part->name = "part";
        part->number =
                plan->spec->index_count + PASSES_RANGES * (PASSES_OUTER + 1);
        part->lo = node_integer(plan->arena, 0);
        part->hi = node_integer(plan->arena, parts);
        return !arena_failed(plan->arena);
}

/* --- taking an item apart --- */

/* A sum and the statement whose value it is. */
struct sum {
        const struct expr *expr;
        const struct statement *statement;
        bool found;
};

static bool has_subscript(const struct read *read, const struct index *index)
{
        for (int d = 0; d < read->tensor->rank; d++)
                if (node_is_index(read->subscript[d], index))
                        return true;
        return false;
}

static bool visit_summed(const struct expr *expr, void *data)
{
        struct sum *sum = data;
        const struct statement *s = sum->statement;
        bool all = expr->op == EXPR_READ;

        for (int i = 0; all && i < s->index_count; i++)
                all = has_subscript(&expr->value.read, s->index[i]);
        for (int i = 0; all && i < sum->expr->value.reduce.count; i++)
                all = vector_depends(expr, sum->expr->value.reduce.index[i]);
        sum->found |= all;
        return !sum->found;
}

/* Does a row itself have an element for every one of the result? Then a part
 * is no longer than a row, and all of them no more than is read; while the
 * parts of a sum of outer products are products each. */
static bool is_along_rows(const struct expr *expr, const struct statement *s)
{
        struct sum sum = {expr, s, false};

        expr_walk(expr->arg[0], visit_summed, &sum);
        return sum.found;
}

/* Is it a sum over the rows of `rows` and nothing else, of one value a row or
 * of what lies along the item's last index? */
static bool is_row_sum(const struct expr *expr, const struct statement *s,
                       const struct statement *rows)
{
        if (expr->value.reduce.reduction != RED_SUM ||
            expr->kind != KIND_REAL || expr->arg[0]->kind != KIND_REAL ||
            expr->value.reduce.count != rows->index_count ||
            rows->index_count + s->index_count > LIMIT_RANK)
                return false;
        for (int i = 0; i < rows->index_count; i++)
                if (!rewrite_same_range(expr->value.reduce.index[i],
                                        rows->index[i]))
                        return false;
        return s->index_count == 0 ||
               (is_along_rows(expr, s) &&
                vector_is_contiguous(expr->arg[0],
                                     s->index[s->index_count - 1], 1));
}

/* partial[part, s's indices] */
static const struct expr *read_partial(struct map_sums *sums,
                                       const struct map_partial *partial)
{
        return node_read(sums->arena, &partial->tensor,
                         partial->statement.subscript);
}

/* The statement of a partial: its indices are the rows' and then those of
 * s, its subscripts the part and the latter. */
static void make_statement(struct map_sums *sums, struct map_partial *made,
                           const struct expr *sum, const struct statement *s)
{
        int rows = sum->value.reduce.count;
        struct statement *own = &made->statement;

        *own = (struct statement){.number = s->number,
                                  .target = &made->tensor,
                                  .update = UPDATE_DEFINE,
                                  .index_count = rows + s->index_count,
                                  .line = s->line,
                                  .column = s->column};
        for (int i = 0; i < rows; i++)
                own->index[i] = sum->value.reduce.index[i];
        for (int i = 0; i <= s->index_count; i++) {
                own->subscript[i] = node_index(sums->arena, i ? s->index[i - 1]
                                                              : sums->part);
                if (i)
                        own->index[rows + i - 1] = s->index[i - 1];
        }
        own->value = node_binary(sums->arena, EXPR_ADD,
                                 read_partial(sums, made), sum->arg[0]);
}

/* What stands for the sum: the sum of its parts. NULL: no room. */
static const struct expr *add_partial(struct map_sums *sums,
                                      const struct expr *sum,
                                      const struct statement *s)
{
        struct map_partial *made = arena_alloc(sums->arena, sizeof *made);
        struct expr join = *sum;
        int number = sums->spec->tensor_count + sums->partial_count;

        if (!made || sums->partial_count == MAP_SUMS ||
            number >= LIMIT_TENSORS)
                return NULL;
        made->tensor =
                (struct tensor){.name = arena_printf(sums->arena, "%.40s_part",
                                                     s->target->name),
                                .number = number,
                                .role = TENSOR_TMP,
                                .dtype = DTYPE_NONE,
                                .kind = KIND_REAL,
                                .rank = s->index_count + 1,
                                .defined_by = &made->statement};
        made->tensor.extent[0] = sums->part->hi;
        for (int i = 0; i < s->index_count; i++)
                made->tensor.extent[i + 1] = s->index[i]->hi;
        make_statement(sums, made, sum, s);
        sums->partial[sums->partial_count++] = made;
        join.arg[0] = read_partial(sums, made);
        join.value.reduce.count = 1;
        join.value.reduce.index[0] = sums->part;
        return arena_failed(sums->arena) ? NULL : node_keep(sums->arena, join);
}

/* expr with every sum over rows replaced by the sum of its parts; NULL when
 * it has other reductions. */
static const struct expr *take_apart(struct map_sums *sums,
                                     const struct expr *expr,
                                     const struct statement *s,
                                     const struct statement *rows)
{
        struct expr *made;

        if (expr->op == EXPR_REDUCE)
                return is_row_sum(expr, s, rows) ? add_partial(sums, expr, s)
                                                 : NULL;
        if (!rewrite_has_reduction(expr))
                return expr;
        made = arena_alloc(sums->arena, sizeof *made);
        if (!made || expr->op == EXPR_READ)
                return NULL;
        *made = *expr;
        for (int i = 0; i < expr->count; i++) {
                made->arg[i] = take_apart(sums, expr->arg[i], s, rows);
                if (!made->arg[i])
                        return NULL;
        }
        return made;
}

/* Indices from 0 on, which the parts have as extents. */
static bool starts_at_zero(const struct statement *s)
{
        for (int i = 0; i < s->index_count; i++)
                if (s->index[i]->lo->op != EXPR_INTEGER ||
                    s->index[i]->lo->value.integer != 0)
                        return false;
        return true;
}

bool map_sums_add(struct map_sums *sums, const struct plan_item *item,
                  const struct statement *rows)
{
        struct map_sums before = *sums;
        struct plan_item *join = &sums->join[sums->join_count];

        if (sums->join_count == MAP_SUMS || !item->value ||
            !starts_at_zero(item->statement) ||
            !rewrite_has_reduction(item->value))
                return false;
        join->statement = item->statement;
        join->value = take_apart(sums, item->value, item->statement, rows);
        if (!join->value) {
                *sums = before;
                return false;
        }
        sums->join_count++;
        return true;
}

bool map_sums_reads(const struct map_sums *sums, const struct expr *expr)
{
        for (int i = 0; i < sums->join_count; i++)
                if (rewrite_reads(expr, sums->join[i].statement->target))
                        return true;
        return false;
}

/* --- the stage --- */

static void place_partials(struct vector_scope *scope,
                           const struct map_sums *sums)
{
        for (int i = 0; i < sums->partial_count; i++) {
                const struct tensor *tensor = &sums->partial[i]->tensor;

                scope->storage[tensor->number].array = thread_scratch(
                        scope->program, tensor->name,
                        vector_dtype(scope, KIND_REAL),
                        vector_elements(scope->program, tensor), false);
        }
}

/* A part is 0 before its first row. */
static void clear_part(struct vector_scope *scope, const struct tensor *tensor,
                       const struct thread_expr *task)
{
        struct thread_program *program = scope->program;
        struct thread_array *array = scope->storage[tensor->number].array;
        const struct thread_expr *zero = thread_real(program, scope->real, 0);
        const struct thread_expr *length = thread_int(program, 1), *e;

        if (tensor->rank == 1) {
                thread_store(program, array, task, zero);
                return;
        }
        for (int i = 1; i < tensor->rank; i++)
                length = thread_mul(program, length,
                                    vector_lower(scope, tensor->extent[i]));
        length = thread_let(program, "length", length);
        e = thread_for(program, "e", thread_int(program, 0), length, 1);
        thread_store(program, array,
                     thread_add(program, thread_mul(program, task, length), e),
                     zero);
        thread_end(program);
}

void map_sums_stage(struct vector_scope *scope, const struct map_sums *sums,
                    const struct passes *passes,
                    const struct schedule *schedule, const char *name)
{
        struct thread_program *program = scope->program;
        const struct thread_expr *parts = thread_int(program, sums->parts);
        const struct thread_expr *rows = thread_int(program, 1);
        const struct thread_expr *task, *size, *first, *last;
        struct row_choice choice;

        row_read_choice(passes, schedule, &choice);
        place_partials(scope, sums);
        for (int i = 0; i < passes->row_count; i++)
                rows = thread_mul(program, rows,
                                  vector_lower(scope, passes->row[i]->hi));
        task = thread_stage_begin(program, name, parts);
        thread_stage_comment(program, "and of sums over rows, a part a task");
        vector_bind(scope, sums->part, task);
        for (int i = 0; i < sums->partial_count; i++)
                clear_part(scope, &sums->partial[i]->tensor, task);
        size = thread_let(program, "size",
                          thread_blocks(program, rows, parts));
        first = thread_let(
                program, "first",
                thread_min(program, thread_mul(program, task, size), rows));
        last = thread_let(
                program, "last",
                thread_min(program, thread_add(program, first, size), rows));
        /* There may be fewer rows than tasks. */
        if (choice.late)
                thread_if(program, thread_less(program, first, last));
        row_block(scope, passes, &choice, first, last);
        if (choice.late)
                thread_end(program);
        vector_bind(scope, sums->part, NULL);
        thread_stage_end(program);
}

void map_sums_close(struct vector_scope *scope, const struct map_sums *sums)
{
        for (int i = 0; i < sums->partial_count; i++)
                scope->storage[sums->partial[i]->tensor.number].array = NULL;
}
