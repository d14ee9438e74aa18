/*
 * Squares of a transpose; see map_turn.h. A square at the edge repeats the
 * last row that there is and stores what exists; it goes through the same
 * statements with loops instead of straight lines.
 */
#include "lower/map_turn.h"

#include <stdio.h>

#include "lower/rewrite.h"

/* --- what is turned --- */

struct finder {
        struct map_turn *turn;
        bool refused;
};

/* Along rows in memory, while the lanes' index is in an outer dimension. */
static bool is_turned(const struct map_turn *turn, const struct expr *expr)
{
        const struct read *read = &expr->value.read;
        int last = expr->op == EXPR_READ ? read->tensor->rank - 1 : 0;

        return expr->op == EXPR_READ && expr->kind == KIND_REAL && last > 0 &&
               vector_depends(read->subscript[last], turn->rows) &&
               vector_is_contiguous(expr, turn->rows, 1) &&
               vector_can(expr, turn->rows) &&
               vector_depends(expr, turn->lanes);
}

static bool visit(const struct expr *expr, void *data)
{
        struct finder *finder = data;
        struct map_turn *turn = finder->turn;

        if (expr->op == EXPR_REDUCE)
                finder->refused = true;
        if (!is_turned(turn, expr))
                return !finder->refused;
        for (int i = 0; i < turn->count; i++)
                if (rewrite_equal(turn->read[i], expr))
                        return true;
        if (turn->count == MAP_TURN_READS)
                finder->refused = true;
        else
                turn->read[turn->count++] = expr;
        return !finder->refused;
}

/* Is a range of the statement's indices another one for each value of some
 * other index, as that of a block's elements is where the last one is shorter?
 * Tasks are squares of the whole. */
static bool is_uneven(const struct statement *s)
{
        for (int i = 0; i < s->index_count; i++)
                for (int k = 0; k < i; k++)
                        if (vector_depends(s->index[i]->hi, s->index[k]))
                                return true;
        return false;
}

bool map_turn_find(struct map_turn *turn, const struct plan_item *item)
{
        const struct statement *s = item->statement;
        int last = s->index_count - 1;

        if (!item->value || item->pair || last < 1 || is_uneven(s) ||
            !vector_can(item->value, s->index[last]))
                return false;
        for (int i = last - 1; i >= 0; i--) {
                struct finder finder = {turn, false};

                *turn = (struct map_turn){
                        s->index[last], s->index[i], 0, {NULL}};
                expr_walk(item->value, visit, &finder);
                if (turn->count && !finder.refused)
                        return true;
        }
        return false;
}

/* --- one square --- */

struct square {
        struct vector_scope *scope;
        const struct plan_item *item;
        const struct map_turn *turn;
        const struct thread_expr *row, *row_end; /* first, and behind all */
        const struct thread_expr *lane, *lane_end;
        int lanes;
        bool whole, stream;
};

static const struct thread_expr *open_copies(const struct square *square)
{
        struct thread_program *program = square->scope->program;

        return thread_loop(program, "c", thread_int(program, 0),
                           thread_int(program, square->lanes), 1,
                           square->whole ? THREAD_UNROLLED : THREAD_SERIAL,
                           square->lanes);
}

/* Lanes from first to end, NULL: all. */
static const struct thread_expr *active(const struct square *square,
                                        const struct thread_expr *first,
                                        const struct thread_expr *end)
{
        struct thread_program *program = square->scope->program;

        if (square->whole)
                return NULL;
        return thread_let(program, "active",
                          thread_min(program,
                                     thread_int(program, square->lanes),
                                     thread_sub(program, end, first)));
}

static struct thread_array *load(const struct square *square, int i)
{
        struct vector_scope *scope = square->scope;
        struct thread_program *program = scope->program;
        const struct vector_memo *memo = scope->memo;
        struct thread_type type = thread_vector(scope->real, square->lanes);
        const struct thread_expr *lanes, *c, *at;
        struct thread_array *array;

        array = thread_private(program, "square", type, square->lanes);
        lanes = active(square, square->row, square->row_end);
        c = open_copies(square);
        at = thread_add(program, square->lane, c);
        if (!square->whole)
                at = thread_min(program, at,
                                thread_sub(program, square->lane_end,
                                           thread_int(program, 1)));
        vector_bind(scope, square->turn->lanes, at);
        vector_bind_lanes(scope, square->turn->rows, square->row,
                          square->lanes, lanes);
        thread_store(program, array, c,
                     vector_lower_real(scope, square->turn->read[i]));
        scope->memo = memo;
        thread_end(program);
        thread_turn(program, array);
        return array;
}

static void store(const struct square *square,
                  struct thread_array *const *array)
{
        struct vector_scope *scope = square->scope;
        struct thread_program *program = scope->program;
        const struct statement *s = square->item->statement;
        const struct vector_memo *memo = scope->memo;
        const struct thread_expr *lanes, *c, *at;

        lanes = active(square, square->lane, square->lane_end);
        c = open_copies(square);
        at = thread_add(program, square->row, c);
        if (!square->whole)
                thread_if(program, thread_less(program, at, square->row_end));
        vector_bind(scope, square->turn->rows, at);
        vector_bind_lanes(scope, square->turn->lanes, square->lane,
                          square->lanes, lanes);
        for (int i = 0; i < square->turn->count; i++)
                vector_hold(scope, square->turn->read[i],
                            thread_load(program, array[i], c, square->lanes));
        vector_write(scope, s->target, s->subscript,
                     s->target->kind == KIND_REAL
                             ? vector_lower_real(scope, square->item->value)
                             : vector_lower(scope, square->item->value),
                     square->stream);
        scope->memo = memo;
        if (!square->whole)
                thread_end(program);
        thread_end(program);
}

static void put_square(struct square *square, bool whole)
{
        struct thread_array *array[MAP_TURN_READS];

        square->whole = whole;
        for (int i = 0; i < square->turn->count; i++)
                array[i] = load(square, i);
        store(square, array);
        square->scope->active = NULL;
        square->scope->lanes = 1;
        vector_bind(square->scope, square->turn->rows, NULL);
        vector_bind(square->scope, square->turn->lanes, NULL);
}

static void put_squares(struct square *square)
{
        struct thread_program *program = square->scope->program;
        const struct thread_expr *lanes = thread_int(program, square->lanes);
        const struct thread_expr *inside;

        inside = thread_binary(
                program, THREAD_AND,
                thread_binary(program, THREAD_LE,
                              thread_add(program, square->row, lanes),
                              square->row_end),
                thread_binary(program, THREAD_LE,
                              thread_add(program, square->lane, lanes),
                              square->lane_end));
        thread_if(program, inside);
        put_square(square, true);
        thread_else(program);
        put_square(square, false);
        thread_end(program);
}

/* --- the stage --- */

/* How many parts a length has; part 0: all of it is one. */
static const struct thread_expr *parts_of(struct thread_program *program,
                                          const struct thread_expr *length,
                                          int64_t part)
{
        return part ? thread_blocks(program, length, thread_int(program, part))
                    : thread_int(program, 1);
}

/* Peel the part low .. high of length off a task's number; returns what is
 * left of the number. */
static const struct thread_expr *take(struct thread_program *program,
                                      const struct thread_expr *task,
                                      const struct thread_expr *length,
                                      int64_t part,
                                      const struct thread_expr **low,
                                      const struct thread_expr **high)
{
        const struct thread_expr *size = thread_int(program, part), *parts;

        *low = thread_int(program, 0);
        *high = length;
        if (!part)
                return task;
        parts = thread_let(program, "parts",
                           thread_blocks(program, length, size));
        *low = thread_let(program, "start",
                          thread_mul(program,
                                     thread_remainder(program, task, parts),
                                     size));
        *high = thread_let(
                program, "end",
                thread_min(program, length, thread_add(program, *low, size)));
        return thread_let(program, "rest",
                          thread_quotient(program, task, parts));
}

static int64_t whole_squares(int64_t elements, int lanes)
{
        return (elements + lanes - 1) / lanes * lanes;
}

void map_turn_stage(struct vector_scope *scope, const struct plan_item *item,
                    const struct map_turn *turn,
                    const struct schedule *schedule)
{
        struct thread_program *program = scope->program;
        const struct statement *s = item->statement;
        const struct index *outer[LIMIT_RANK];
        const struct thread_expr *rows = vector_lower(scope, turn->rows->hi);
        const struct thread_expr *length =
                vector_lower(scope, turn->lanes->hi);
        const struct thread_expr *tasks, *task, *low, *high;
        int lanes = (int)schedule_get(schedule, "vector", 4), count = 0;
        bool across = schedule_get(schedule, "turn", 0) == MAP_TURN_READ_ROWS;
        int64_t task_rows = whole_squares(
                schedule_get(schedule, across ? "block" : "rows", 1), lanes);
        int64_t block = whole_squares(
                schedule_get(schedule, across ? "rows" : "block", 0), lanes);
        struct square square = {
                .scope = scope, .item = item, .turn = turn, .lanes = lanes};
        char name[2 * LIMIT_NAME_BYTES + 2];

        square.stream = schedule_get(schedule, "stream", 0) &&
                        s->target->role == TENSOR_OUT;
        tasks = thread_mul(program, parts_of(program, rows, task_rows),
                           parts_of(program, length, block));
        for (int i = 0; i < s->index_count - 1; i++) {
                if (s->index[i] == turn->rows)
                        continue;
                outer[count++] = s->index[i];
                tasks = thread_mul(program, tasks,
                                   vector_lower(scope, s->index[i]->hi));
        }
        snprintf(name, sizeof name, "%s_%s", program->spec->name,
                 s->target->name);
        task = thread_stage_begin(program, name, tasks);
        thread_stage_comment(program, "%s", plan_text(program, s));
        task = take(program, task, rows, task_rows, &square.row,
                    &square.row_end);
        low = square.row;
        task = take(program, task, length, block, &square.lane,
                    &square.lane_end);
        high = square.lane;
        plan_bind_rows(scope, count, outer, task);
        square.lane = thread_for(program, turn->lanes->name, high,
                                 square.lane_end, lanes);
        square.row = thread_for(program, turn->rows->name, low, square.row_end,
                                lanes);
        put_squares(&square);
        thread_end(program);
        thread_end(program);
        thread_stage_end(program);
}
