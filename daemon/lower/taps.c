/*
 * Finding and holding weights of taps; see taps.h. They are read where no
 * element of the row may exist, so only whole ranges of dimensions are taken,
 * which no other index makes sure of.
 */
#include "lower/taps.h"

#include "lower/rewrite.h"

/* The reductions around a read. */
struct around {
        const struct expr *reduction;
        const struct around *outer;
};

struct search {
        struct vector_taps *taps;
        const struct index *inner;
        const struct around *around; /* the innermost one, or NULL */
        int held;
};

static bool is_literal(const struct index *index)
{
        return index->lo->op == EXPR_INTEGER &&
               index->lo->value.integer == 0 &&
               index->hi->op == EXPR_INTEGER &&
               index->hi->value.integer <= TAPS_HELD;
}

/* The reduction that an index belongs to, or NULL. */
static const struct around *reduced_by(const struct around *around,
                                       const struct index *index)
{
        for (; around; around = around->outer)
                for (int i = 0; i < around->reduction->value.reduce.count; i++)
                        if (around->reduction->value.reduce.index[i]->number ==
                            index->number)
                                return around;
        return NULL;
}

/* Fill a tap with what the read is along the reduced indices; how many values
 * it takes there, 0: it is none. */
static int tap_of(const struct search *search, const struct expr *expr,
                  struct vector_tap *tap)
{
        const struct read *read = &expr->value.read;
        int64_t values = 1;

        *tap = (struct vector_tap){.read = expr};
        if (read->safety != READ_PROVED || expr->kind != KIND_REAL)
                return 0;
        for (int d = 0; d < read->tensor->rank; d++) {
                const struct expr *s = read->subscript[d];
                const struct around *around;

                if (!vector_spans(s, read->tensor->extent[d]) ||
                    vector_depends(s, search->inner))
                        return 0;
                around = reduced_by(search->around, s->value.index);
                if (!around)
                        continue;
                if (around != search->around || !is_literal(s->value.index))
                        return 0;
                tap->index[tap->count++] = s->value.index;
                values *= s->value.index->hi->value.integer;
                if (values > TAPS_HELD)
                        return 0;
        }
        return tap->count > 0 ? (int)values : 0;
}

static void take(struct search *search, const struct expr *expr)
{
        struct vector_taps *taps = search->taps;
        struct vector_tap tap;
        int values;

        for (int i = 0; i < taps->count; i++)
                if (rewrite_equal(taps->tap[i].read, expr))
                        return;
        values = tap_of(search, expr, &tap);
        if (values == 0 || search->held + values > TAPS_HELD ||
            taps->count == VECTOR_TAPS)
                return;
        search->held += values;
        taps->tap[taps->count++] = tap;
}

/* A branch may guard what it reads; a subscript is the read's business. */
static void find(struct search *search, const struct expr *expr)
{
        const struct around *outer = search->around;
        const struct around here = {expr, outer};

        if (expr->op == EXPR_READ) {
                if (outer)
                        take(search, expr);
                return;
        }
        if (expr->op == EXPR_SELECT || expr->op == EXPR_AND ||
            expr->op == EXPR_OR)
                return;
        if (expr->op == EXPR_REDUCE)
                search->around = &here;
        for (int i = 0; i < expr->count; i++)
                find(search, expr->arg[i]);
        search->around = outer;
}

void taps_find(struct vector_taps *taps, const struct expr *value,
               const struct index *inner)
{
        struct search search = {taps, inner, NULL, 0};

        *taps = (struct vector_taps){0};
        find(&search, value);
}

/* Where the values of the bound indices are held. */
static const struct thread_expr *place_of(struct vector_scope *scope,
                                          const struct vector_tap *tap)
{
        struct thread_program *program = scope->program;
        const struct thread_expr *place = thread_int(program, 0);

        for (int i = 0; i < tap->count; i++) {
                const struct index *index = tap->index[i];

                place = thread_add(
                        program,
                        thread_mul(
                                program, place,
                                thread_int(program, index->hi->value.integer)),
                        scope->index[index->number].base);
        }
        return place;
}

static void fill(struct vector_scope *scope, struct vector_tap *tap, int lanes)
{
        struct thread_program *program = scope->program;
        const struct vector_memo *memo = scope->memo;
        struct thread_type type = thread_vector(scope->real, lanes);
        int64_t values = 1;

        for (int i = 0; i < tap->count; i++)
                values *= tap->index[i]->hi->value.integer;
        tap->array = thread_private(program, "taps", type, values);
        for (int i = 0; i < tap->count; i++)
                vector_bind(scope, tap->index[i],
                            thread_for(program, tap->index[i]->name,
                                       thread_int(program, 0),
                                       vector_lower(scope, tap->index[i]->hi),
                                       1));
        thread_store(program, tap->array, place_of(scope, tap),
                     thread_broadcast(program,
                                      vector_lower_real(scope, tap->read),
                                      lanes));
        for (int i = 0; i < tap->count; i++) {
                thread_end(program);
                scope->index[tap->index[i]->number].base = NULL;
        }
        scope->memo = memo;
}

void taps_open(struct vector_scope *scope, struct vector_taps *taps, int lanes)
{
        for (int i = 0; i < taps->count; i++)
                fill(scope, &taps->tap[i], lanes);
        taps->lanes = lanes;
        scope->taps = taps;
}

/* The tap that a read is, or NULL. */
static const struct vector_tap *held_as(const struct vector_scope *scope,
                                        const struct expr *expr)
{
        const struct vector_taps *taps = scope->taps;

        if (!taps || taps->lanes != scope->lanes)
                return NULL;
        for (int i = 0; i < taps->count; i++)
                if (rewrite_equal(taps->tap[i].read, expr))
                        return &taps->tap[i];
        return NULL;
}

bool taps_has(const struct vector_scope *scope, const struct expr *expr)
{
        if (expr->op == EXPR_READ && held_as(scope, expr))
                return true;
        for (int i = 0; i < expr->count; i++)
                if (taps_has(scope, expr->arg[i]))
                        return true;
        return false;
}

const struct thread_expr *taps_read(struct vector_scope *scope,
                                    const struct expr *expr)
{
        const struct vector_tap *tap = held_as(scope, expr);

        return tap ? thread_load(scope->program, tap->array,
                                 place_of(scope, tap), scope->lanes)
                   : NULL;
}
