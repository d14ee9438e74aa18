/*
 * Reads and writes of tensor elements: offsets, lanes and guards.
 *
 * A subscript is a scalar base plus a stride per lane wherever that can be
 * seen (vector_affine); strides of all dimensions add up to the stride in
 * memory, which decides: 0 is one load for all lanes, a literal up to
 * VECTOR_STEPS a vector load, all else a gather. A read with `else` never
 * touches memory outside its tensor, in no lane; nor does any lane that is not
 * in use.
 */
#include <string.h>

#include "lower/read_inner.h"
#include "lower/rewrite.h"
#include "lower/taps.h"

static void lower_place(struct vector_scope *scope, const struct expr *expr,
                        struct read_place *place)
{
        memset(place, 0, sizeof *place);
        if (!vector_affine(scope, expr, &place->base, &place->stride)) {
                place->base = place->stride = NULL;
                place->lanes = vector_lower(scope, expr);
        }
}

/* The place as one value: scalar, or a lane vector. */
static const struct thread_expr *place_value(struct vector_scope *scope,
                                             const struct read_place *place)
{
        struct thread_program *program = scope->program;

        if (place->lanes)
                return place->lanes;
        if (!place->stride)
                return place->base;
        return thread_add(
                program, place->base,
                thread_mul(program,
                           thread_iota(program,
                                       thread_vector(DTYPE_I64, scope->lanes)),
                           place->stride));
}

/* Elements of tensor behind one step of dimension `d`. */
static const struct thread_expr *row_bytes(struct vector_scope *scope,
                                           const struct tensor *tensor, int d)
{
        const struct thread_expr *product = thread_int(scope->program, 1);

        for (int k = d + 1; k < tensor->rank; k++)
                product = thread_mul(scope->program, product,
                                     vector_lower(scope, tensor->extent[k]));
        return product;
}

const struct thread_expr *vector_elements(struct thread_program *program,
                                          const struct tensor *tensor)
{
        struct vector_scope scope;
        const struct thread_expr *product = thread_int(program, 1);

        vector_open(&scope, program);
        for (int k = 0; k < tensor->rank; k++)
                product = thread_mul(program, product,
                                     vector_lower(&scope, tensor->extent[k]));
        return product;
}

/* Row-major place in memory of the element at `place`s, from dimension
 * `skip` on: base and stride, or lanes. Horner's form reads best:
 * (b * C + c) * L + l. */
static void memory_place(struct vector_scope *scope,
                         const struct tensor *tensor,
                         const struct read_place *place, int skip,
                         struct read_place *memory)
{
        struct thread_program *program = scope->program;

        memset(memory, 0, sizeof *memory);
        memory->base = thread_int(program, 0);
        for (int d = skip; d < tensor->rank; d++) {
                const struct thread_expr *extent =
                        vector_lower(scope, tensor->extent[d]);
                const struct read_place *p = &place[d];

                if (d > skip)
                        memory->base =
                                thread_mul(program, memory->base, extent);
                if (p->base)
                        memory->base =
                                thread_add(program, memory->base, p->base);
                if (p->stride) {
                        const struct thread_expr *step =
                                thread_mul(program, p->stride,
                                           row_bytes(scope, tensor, d));

                        memory->stride =
                                memory->stride
                                        ? thread_add(program, memory->stride,
                                                     step)
                                        : step;
                }
                if (p->lanes) {
                        const struct thread_expr *step =
                                thread_mul(program, p->lanes,
                                           row_bytes(scope, tensor, d));

                        memory->lanes =
                                memory->lanes ? thread_add(program,
                                                           memory->lanes, step)
                                              : step;
                }
        }
}

/* Every lane's own offset. */
static const struct thread_expr *memory_lanes(struct vector_scope *scope,
                                              const struct read_place *memory)
{
        struct read_place affine = {memory->base, memory->stride, NULL};
        const struct thread_expr *value = place_value(scope, &affine);

        if (memory->lanes)
                value = thread_add(scope->program, value, memory->lanes);
        return thread_broadcast(scope->program, value, scope->lanes);
}

int read_step(const struct thread_expr *stride)
{
        if (!stride || stride->op != THREAD_INTEGER ||
            stride->value.integer < 1 || stride->value.integer > VECTOR_STEPS)
                return 0;
        return (int)stride->value.integer;
}

/* --- guards --- */

/* A subscript that is an index over the dimension's whole extent. */
bool vector_spans(const struct expr *subscript, const struct expr *extent)
{
        const struct index *index;

        if (subscript->op != EXPR_INDEX)
                return false;
        index = subscript->value.index;
        return index->lo->op == EXPR_INTEGER &&
               index->lo->value.integer == 0 &&
               rewrite_equal(index->hi, extent);
}

const struct thread_expr *read_both(struct thread_program *program,
                                    const struct thread_expr *a,
                                    const struct thread_expr *b)
{
        return a && b ? thread_binary(program, THREAD_AND, a, b) : a ? a : b;
}

/* Inside the tensor in every guarded dimension; *lanes holds the part that
 * differs between lanes. Either is NULL when nothing needs a check. */
static void guard(struct vector_scope *scope, const struct read *read,
                  const struct read_place *place,
                  const struct thread_expr **scalar,
                  const struct thread_expr **lanes)
{
        struct thread_program *program = scope->program;

        *scalar = *lanes = NULL;
        for (int d = 0; d < read->tensor->rank; d++) {
                const struct expr *extent = read->tensor->extent[d];
                const struct thread_expr *value, *inside;

                if ((read->inside >> d & 1) ||
                    vector_spans(read->subscript[d], extent))
                        continue;
                value = place_value(scope, &place[d]);
                inside =
                        read_both(program,
                                  thread_binary(program, THREAD_LE,
                                                thread_int(program, 0), value),
                                  thread_less(program, value,
                                              vector_lower(scope, extent)));
                if (value->type.lanes > 1)
                        *lanes = read_both(program, *lanes, inside);
                else
                        *scalar = read_both(program, *scalar, inside);
        }
}

/* --- the read --- */

static struct thread_array *storage_of(struct vector_scope *scope,
                                       const struct tensor *tensor, int *skip,
                                       const struct thread_expr **offset)
{
        struct thread_array *array = scope->storage[tensor->number].array;

        *skip = 0;
        *offset = NULL;
        if (!array)
                return thread_tensor(scope->program, tensor);
        *skip = scope->storage[tensor->number].skip;
        *offset = scope->storage[tensor->number].offset;
        return array;
}

const struct thread_expr *read_from_storage(struct vector_scope *scope,
                                            const struct thread_expr *value,
                                            enum kind kind)
{
        struct thread_program *program = scope->program;

        if (kind == KIND_BOOLEAN) {
                if (value->type.lanes == 1)
                        return thread_cast(program, value, DTYPE_BOOL);
                return thread_binary(
                        program, THREAD_NE, value,
                        thread_constant(program,
                                        thread_scalar(value->type.dtype), 0));
        }
        return thread_cast(program, value, vector_dtype(scope, kind));
}

/* --- every second element --- */

/* Is value - *constant known to be even? */
static bool is_even_but(const struct thread_program *program,
                        const struct thread_expr *value, int64_t sign,
                        int64_t *constant)
{
        switch (value->op) {
        case THREAD_INTEGER:
                *constant += sign * value->value.integer;
                return true;
        case THREAD_ADD:
        case THREAD_SUB:
                return is_even_but(program, value->arg[0], sign, constant) &&
                       is_even_but(program, value->arg[1],
                                   value->op == THREAD_ADD ? sign : -sign,
                                   constant);
        default:
                return thread_is_multiple(program, value, 2);
        }
}

/* Where lanes are elements 0, 2, ... or 1, 3, ... of a tensor with an even
 * number of elements: all of both are loaded, the other half for whoever
 * reads what lies between. NULL: it is not so, or not known. */
static const struct thread_expr *load_half(struct vector_scope *scope,
                                           const struct tensor *tensor,
                                           struct thread_array *array,
                                           const struct thread_expr *base)
{
        struct thread_program *program = scope->program;
        int64_t constant = 0;
        int odd;

        if (scope->active || scope->storage[tensor->number].array ||
            !is_even_but(program, base, 1, &constant) ||
            !thread_is_multiple(program, vector_elements(program, tensor), 2))
                return NULL;
        odd = constant % 2 != 0;
        base = thread_sub(program, base, thread_int(program, odd));
        return thread_unzip(
                program, thread_load(program, array, base, scope->lanes),
                thread_load(program, array,
                            thread_add(program, base,
                                       thread_int(program, scope->lanes)),
                            scope->lanes),
                odd);
}

/* The read without an `else`, or where `mask` holds. */
static const struct thread_expr *load(struct vector_scope *scope,
                                      const struct tensor *tensor,
                                      struct thread_array *array,
                                      const struct read_place *memory,
                                      const struct thread_expr *mask)
{
        struct thread_program *program = scope->program;
        int step = memory->lanes ? 0 : read_step(memory->stride);
        const struct thread_expr *half =
                step == 2 && !mask
                        ? load_half(scope, tensor, array, memory->base)
                        : NULL;

        if (half)
                return half;
        if (!memory->lanes && !memory->stride && !mask)
                return thread_load(program, array, memory->base, 1);
        if (step == 1 && !mask)
                return thread_load_part(program, array, memory->base,
                                        scope->lanes, scope->active);
        if (step && !mask)
                return thread_load_window(
                        program, array, memory->base, step, scope->lanes,
                        scope->active ? thread_int(program, 0) : NULL,
                        scope->active);
        mask = read_both(program, mask, vector_active(scope, DTYPE_I64));
        return thread_gather(program, array, memory_lanes(scope, memory), mask,
                             scope->near);
}

const struct thread_expr *read_fallback(struct vector_scope *scope,
                                        const struct read *read,
                                        enum kind kind)
{
        struct thread_type type = thread_scalar(vector_dtype(scope, kind));
        const struct expr *fallback = read->safety == READ_ELSE
                                              ? read->fallback
                                              : rewrite_least(read->tensor);
        const struct thread_expr *value;

        if (!fallback)
                return thread_constant(scope->program, type, 0);
        scope->conditional++;
        value = kind == KIND_REAL ? vector_lower_real(scope, fallback)
                                  : vector_lower(scope, fallback);
        scope->conditional--;
        return value;
}

const struct thread_expr *vector_read(struct vector_scope *scope,
                                      const struct expr *expr)
{
        struct thread_program *program = scope->program;
        const struct read *read = &expr->value.read;
        const struct thread_expr *scalar = NULL, *lanes = NULL, *value;
        const struct thread_expr *offset;
        struct read_place place[LIMIT_RANK], memory;
        struct thread_array *array;
        int skip;

        value = taps_read(scope, expr);
        if (value)
                return value;
        array = storage_of(scope, read->tensor, &skip, &offset);
        for (int d = 0; d < read->tensor->rank; d++)
                lower_place(scope, read->subscript[d], &place[d]);
        memory_place(scope, read->tensor, place, skip, &memory);
        if (offset)
                memory.base = thread_add(program, offset, memory.base);
        if (read_is_in_plane(scope, read))
                return read_plane(scope, expr, array, place, &memory);
        if (read->safety == READ_ELSE ||
            (read->safety == READ_CHECKED && scope->conditional))
                guard(scope, read, place, &scalar, &lanes);
        if (lanes ? read_is_window(read, place, &memory)
                  : scalar && !memory.lanes && read_step(memory.stride))
                return read_window(scope, expr, array, place, &memory, scalar,
                                   lanes != NULL);
        if (scalar && (lanes || memory.stride || memory.lanes)) {
                /* One mask for all of it: no lane reads outside. */
                lanes = read_both(
                        program, lanes,
                        thread_broadcast(program, scalar, scope->lanes));
                scalar = NULL;
        }
        value = read_from_storage(
                scope, load(scope, read->tensor, array, &memory, lanes),
                expr->kind);
        if (lanes)
                value = thread_select(program, lanes, value,
                                      read_fallback(scope, read, expr->kind));
        if (scalar)
                value = thread_select(program, scalar, value,
                                      read_fallback(scope, read, expr->kind));
        return value;
}

/* --- the write --- */

/* The first lane's offset; lanes are `step` apart. */
static const struct thread_expr *place_to_write(
        struct vector_scope *scope, const struct tensor *tensor,
        const struct expr *const *subscript, int step)
{
        struct read_place place[LIMIT_RANK], memory;
        const struct thread_expr *offset;
        int skip;

        storage_of(scope, tensor, &skip, &offset);
        for (int d = 0; d < tensor->rank; d++)
                lower_place(scope, subscript[d], &place[d]);
        memory_place(scope, tensor, place, skip, &memory);
        if (memory.lanes ||
            (memory.stride && read_step(memory.stride) != step))
                thread_fail(scope->program, ERR_UNSUPPORTED,
                            "a store to %s whose lanes are apart",
                            tensor->name);
        return offset ? thread_add(scope->program, offset, memory.base)
                      : memory.base;
}

const struct thread_expr *vector_offset(struct vector_scope *scope,
                                        const struct tensor *tensor,
                                        const struct expr *const *subscript)
{
        return place_to_write(scope, tensor, subscript, 1);
}

void vector_write(struct vector_scope *scope, const struct tensor *tensor,
                  const struct expr *const *subscript,
                  const struct thread_expr *value, bool stream)
{
        struct thread_program *program = scope->program;
        const struct thread_expr *offset;
        struct thread_array *array;
        int skip;

        array = storage_of(scope, tensor, &skip, &offset);
        offset = vector_offset(scope, tensor, subscript);
        value = thread_broadcast(program, value, scope->lanes);
        /* A mask is stored as 0 or 1. */
        if (tensor->kind == KIND_BOOLEAN && scope->lanes > 1)
                value = thread_select(
                        program, value,
                        thread_constant(program, thread_scalar(DTYPE_U8), 1),
                        thread_constant(program, thread_scalar(DTYPE_U8), 0));
        thread_store_part(program, array, offset, value, scope->active,
                          stream);
}

void vector_write_pair(struct vector_scope *scope, const struct tensor *tensor,
                       const struct expr *const *subscript,
                       const struct thread_expr *first,
                       const struct thread_expr *second, bool stream)
{
        struct thread_program *program = scope->program;
        const struct thread_expr *offset =
                place_to_write(scope, tensor, subscript, 2);
        const struct thread_expr *half =
                thread_int(program, scope->lanes > 1 ? scope->lanes : 1);
        const struct thread_expr *part[2] = {first, second}, *none, *both;
        const struct thread_expr *behind = thread_add(program, offset, half);
        enum dtype dtype = vector_dtype(scope, tensor->kind);
        struct thread_array *array;
        int skip;

        array = storage_of(scope, tensor, &skip, &none);
        if (dtype == DTYPE_I64 && dtype_bytes(array->type.dtype) <= 4)
                dtype = DTYPE_I32; /* whose low bits are the same */
        for (int i = 0; i < 2; i++)
                part[i] = thread_broadcast(
                        program, thread_cast(program, part[i], dtype),
                        scope->lanes);
        if (scope->lanes > 1) {
                first = thread_let(program, "even", part[0]);
                second = thread_let(program, "odd", part[1]);
                part[0] = thread_zip(program, first, second, 0);
                part[1] = thread_zip(program, first, second, scope->lanes / 2);
        }
        if (!scope->active || scope->lanes == 1) {
                thread_store_part(program, array, offset, part[0], NULL,
                                  stream);
                thread_store_part(program, array, behind, part[1], NULL,
                                  stream);
                return;
        }
        both = thread_let(
                program, "both",
                thread_mul(program, scope->active, thread_int(program, 2)));
        thread_store_part(program, array, offset, part[0],
                          thread_min(program, both, half), stream);
        thread_if(program, thread_less(program, half, both));
        thread_store_part(program, array, behind, part[1],
                          thread_sub(program, both, half), stream);
        thread_end(program);
}
