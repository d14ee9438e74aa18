/* See estimate.h. */
#include "lower/estimate.h"

#include <math.h>
#include <string.h>

enum {
        VARIABLES = 512, /* known at one place; more are unknown */
        DEPTH = 256,     /* of expressions */
        UNKNOWN_TRIPS = 16
};

/* Cycles of any server core of these years: only ratios matter. */
#define CYCLES_PER_NS 3.0
#define ADD_LATENCY 4.0
#define LOOP_CYCLES 1.0
#define TASK_CYCLES 100.0
#define STAGE_CYCLES 9000.0
#define L2_BYTES_PER_CYCLE 32.0
#define LLC_BYTES_PER_CYCLE 12.0
#define MEMORY_BYTES_PER_CYCLE 10.0 /* of all threads together */

/* What one task touches of an array. */
struct touched {
        const struct thread_array *array;
        double read, written, streamed; /* bytes, repetitions counted */
};

struct walk {
        const struct binding *binding;
        const struct target *target;
        int variables;
        struct {
                const struct thread_variable *variable;
                int64_t value;
        } known[VARIABLES];
        int arrays;
        struct touched touched[THREAD_ARRAYS];
        double times; /* how often the code at hand runs in a task */
        double chain; /* of the innermost loop: cycles a round at least */
};

static bool find_variable(const struct walk *w,
                          const struct thread_variable *variable,
                          int64_t *value)
{
        for (int i = w->variables - 1; i >= 0; i--) {
                if (w->known[i].variable != variable)
                        continue;
                *value = w->known[i].value;
                return true;
        }
        return false;
}

static void set_variable(struct walk *w,
                         const struct thread_variable *variable, int64_t value)
{
        if (w->variables == VARIABLES)
                return;
        w->known[w->variables].variable = variable;
        w->known[w->variables++].value = value;
}

static int64_t floor_divide(int64_t a, int64_t b)
{
        return a / b - (a % b != 0 && (a < 0) != (b < 0));
}

/* Both operands known; b is not 0 where it divides. Wraps like the program. */
static bool combine(enum thread_op op, int64_t a, int64_t b, int64_t *value)
{
        bool divides = op == THREAD_DIV || op == THREAD_REM ||
                       op == THREAD_FLOOR_DIV || op == THREAD_FLOOR_MOD ||
                       op == THREAD_CEIL_DIV;

        if (divides && (b == 0 || b == -1))
                return false;
        switch (op) {
        case THREAD_ADD:
                *value = (int64_t)((uint64_t)a + (uint64_t)b);
                return true;
        case THREAD_SUB:
                *value = (int64_t)((uint64_t)a - (uint64_t)b);
                return true;
        case THREAD_MUL:
                *value = (int64_t)((uint64_t)a * (uint64_t)b);
                return true;
        case THREAD_DIV:
                *value = a / b;
                return true;
        case THREAD_REM:
                *value = a % b;
                return true;
        case THREAD_FLOOR_DIV:
                *value = floor_divide(a, b);
                return true;
        case THREAD_FLOOR_MOD:
                *value = a - b * floor_divide(a, b);
                return true;
        case THREAD_CEIL_DIV:
                *value = a / b + (a % b > 0);
                return true;
        case THREAD_MIN:
                *value = a < b ? a : b;
                return true;
        case THREAD_MAX:
                *value = a > b ? a : b;
                return true;
        case THREAD_LT:
                *value = a < b;
                return true;
        case THREAD_LE:
                *value = a <= b;
                return true;
        case THREAD_EQ:
                *value = a == b;
                return true;
        case THREAD_NE:
                *value = a != b;
                return true;
        case THREAD_AND:
                *value = a && b;
                return true;
        case THREAD_OR:
                *value = a || b;
                return true;
        default:
                return false;
        }
}

/* The value of an integer expression where it can be said. */
static bool value_of(const struct walk *w, const struct thread_expr *e,
                     int depth, int64_t *value)
{
        int64_t a, b;

        if (!e || depth > DEPTH || e->type.lanes != 1)
                return false;
        switch (e->op) {
        case THREAD_INTEGER:
                *value = e->value.integer;
                return true;
        case THREAD_SIZE:
                *value = w->binding->size[e->value.size->number];
                return true;
        case THREAD_VARIABLE:
                return find_variable(w, e->value.variable, value);
        case THREAD_CAST:
                return !dtype_is_float(e->type.dtype) &&
                       value_of(w, e->arg[0], depth + 1, value);
        case THREAD_SELECT:
                return value_of(w, e->arg[0], depth + 1, &a) &&
                       value_of(w, e->arg[a ? 1 : 2], depth + 1, value);
        default:
                return e->count == 2 && !dtype_is_float(e->type.dtype) &&
                       value_of(w, e->arg[0], depth + 1, &a) &&
                       value_of(w, e->arg[1], depth + 1, &b) &&
                       combine(e->op, a, b, value);
        }
}

static struct touched *touch(struct walk *w, const struct thread_array *array)
{
        for (int i = 0; i < w->arrays; i++) {
                if (w->touched[i].array == array)
                        return &w->touched[i];
        }
        if (w->arrays == THREAD_ARRAYS)
                return &w->touched[0];
        w->touched[w->arrays] = (struct touched){.array = array};
        return &w->touched[w->arrays++];
}

/* Registers of a value. */
static double registers(const struct walk *w, struct thread_type type)
{
        double bytes = (double)dtype_bytes(type.dtype) * type.lanes;

        return type.lanes == 1 ? 1 : ceil(bytes / w->target->vector_bytes);
}

/* Of a function on one register; those without a vector twin, and all of
 * f64, go lane by lane. */
static double call_cycles(const struct thread_expr *e, double n)
{
        double lanes = e->type.lanes;

        switch (e->value.function) {
        case FN_ABS:
        case FN_MIN:
        case FN_MAX:
        case FN_FLOOR:
        case FN_CEIL:
        case FN_TRUNC:
        case FN_ROUND:
        case FN_SIGN:
                return n;
        case FN_SQRT:
        case FN_RSQRT:
                return 6 * n;
        case FN_EXP:
                if (e->type.dtype == DTYPE_F64)
                        return 20 * lanes;
                return e->variant ? 8 * n : 10 * n;
        case FN_EXP2:
        case FN_EXPM1:
        case FN_LOG:
        case FN_LOG2:
        case FN_LOG10:
        case FN_LOG1P:
                return e->type.dtype == DTYPE_F64 ? 20 * lanes : 10 * n;
        case FN_TANH:
        case FN_ERF:
                if (e->type.dtype == DTYPE_F64)
                        return 25 * lanes;
                return e->variant ? 9 * n : 18 * n;
        default:
                return 25 * lanes;
        }
}

static double operation_cycles(const struct walk *w,
                               const struct thread_expr *e)
{
        double n = registers(w, e->type);
        bool real = dtype_is_float(e->type.dtype);

        switch (e->op) {
        case THREAD_INTEGER:
        case THREAD_REAL:
        case THREAD_SIZE:
        case THREAD_PARAM:
        case THREAD_VARIABLE:
        case THREAD_IOTA:
                return 0;
        case THREAD_GATHER:
                return 1.0 * e->type.lanes;
        case THREAD_LOAD:
                return e->step > 2 ? 1.0 * e->type.lanes
                                   : (e->step == 2 ? 2 : 0.5) * n;
        case THREAD_HORIZONTAL:
                return 3 * log2(1 + e->arg[0]->type.lanes);
        case THREAD_DIV:
        case THREAD_REM:
        case THREAD_FLOOR_DIV:
        case THREAD_FLOOR_MOD:
        case THREAD_CEIL_DIV:
                return real ? 5 * n : 3 * e->type.lanes;
        case THREAD_CALL:
                return call_cycles(e, n);
        default:
                /* Scalar integers are addresses, done beside. */
                return e->type.lanes == 1 && !real ? 0.1 : 0.5 * n;
        }
}

/* Throughput of an expression; what it loads is noted. A product that is
 * added to something fuses with the addition. */
static double expression_cycles(struct walk *w, const struct thread_expr *e,
                                int depth)
{
        double cycles;
        bool fuses;

        if (!e || depth > DEPTH)
                return 0;
        cycles = operation_cycles(w, e);
        fuses = w->target->fma && dtype_is_float(e->type.dtype) &&
                (e->op == THREAD_ADD || e->op == THREAD_SUB);
        for (int i = 0; i < e->count; i++) {
                const struct thread_expr *arg = e->arg[i];

                cycles += expression_cycles(w, arg, depth + 1);
                if (fuses && arg && arg->op == THREAD_MUL) {
                        cycles -= operation_cycles(w, arg);
                        fuses = false;
                }
        }
        if (e->op == THREAD_LOAD || e->op == THREAD_GATHER)
                touch(w, e->value.array)->read +=
                        w->times * e->type.lanes *
                        (double)dtype_bytes(e->value.array->type.dtype);
        return cycles;
}

static bool reads(const struct thread_expr *e,
                  const struct thread_variable *variable, int depth)
{
        if (!e || depth > DEPTH)
                return false;
        if (e->op == THREAD_VARIABLE)
                return e->value.variable == variable;
        for (int i = 0; i < e->count; i++) {
                if (reads(e->arg[i], variable, depth + 1))
                        return true;
        }
        return false;
}

static double block_cycles(struct walk *w, const struct thread_block *block);

/* Rounds of a loop at the values that are known. */
static double trips(const struct walk *w, const struct thread_statement *s)
{
        int64_t low, high;

        if (!value_of(w, s->low, 0, &low) || !value_of(w, s->high, 0, &high) ||
            s->step <= 0)
                return UNKNOWN_TRIPS;
        return high <= low ? 0 : ceil((double)(high - low) / (double)s->step);
}

static double loop_cycles(struct walk *w, const struct thread_statement *s)
{
        double count = trips(w, s), outer = w->times, chain = w->chain, body,
               least, turn;
        int variables = w->variables;
        int64_t low;

        if (count <= 0)
                return 0;
        if (value_of(w, s->low, 0, &low))
                set_variable(w, s->variable, low);
        w->times *= count;
        w->chain = 0;
        turn = s->loop == THREAD_UNROLLED
                       ? LOOP_CYCLES / (s->unroll > 0 ? s->unroll : 64)
                       : LOOP_CYCLES;
        body = block_cycles(w, &s->body) + turn;
        least = w->chain;
        w->times = outer;
        w->chain = chain;
        w->variables = variables;
        return count * (body > least ? body : least);
}

static double branch_cycles(struct walk *w, const struct thread_statement *s)
{
        double cycles = expression_cycles(w, s->value, 0), outer = w->times;
        int64_t taken;

        if (value_of(w, s->value, 0, &taken))
                return cycles +
                       block_cycles(w, taken ? &s->body : &s->otherwise);
        w->times = outer / 2;
        cycles += block_cycles(w, &s->body) / 2 +
                  block_cycles(w, &s->otherwise) / 2;
        w->times = outer;
        return cycles;
}

static double store_cycles(struct walk *w, const struct thread_statement *s)
{
        struct thread_type type = s->value->type;
        struct touched *t = touch(w, s->array);
        double bytes = w->times * type.lanes *
                       (double)dtype_bytes(s->array->type.dtype);

        t->written += bytes;
        if (s->stream)
                t->streamed += bytes;
        return expression_cycles(w, s->value, 0) +
               expression_cycles(w, s->offset, 0) + registers(w, type);
}

static double statement_cycles(struct walk *w,
                               const struct thread_statement *s)
{
        int64_t value;

        switch (s->kind) {
        case THREAD_FOR:
                return loop_cycles(w, s);
        case THREAD_IF:
                return branch_cycles(w, s);
        case THREAD_STORE:
                return store_cycles(w, s);
        case THREAD_TURN:
                return s->array->type.lanes *
                       log2((double)s->array->type.lanes) *
                       registers(w, s->array->type);
        case THREAD_DECLARE:
                if (!s->variable->assigned && value_of(w, s->value, 0, &value))
                        set_variable(w, s->variable, value);
                return expression_cycles(w, s->value, 0);
        case THREAD_ASSIGN:
                if (dtype_is_float(s->variable->type.dtype) &&
                    reads(s->value, s->variable, 0))
                        w->chain = ADD_LATENCY;
                return expression_cycles(w, s->value, 0);
        default:
                return 0;
        }
}

static double block_cycles(struct walk *w, const struct thread_block *block)
{
        double cycles = 0;

        for (const struct thread_statement *s = block->first; s; s = s->next)
                cycles += statement_cycles(w, s);
        return cycles;
}

/* Bytes of a whole array; a task's own ones are small by construction. */
static double array_bytes(const struct walk *w,
                          const struct thread_array *array)
{
        double bytes = (double)dtype_bytes(array->type.dtype);
        int64_t elements;

        if (array->tensor) {
                int64_t count =
                        spec_tensor_elements(array->tensor, w->binding, NULL);

                return bytes * (double)(count > 0 ? count : 1);
        }
        return value_of(w, array->elements, 0, &elements)
                       ? bytes * (double)elements
                       : 0;
}

/* Cycles that a stage waits for an array, over all its tasks. What fits the
 * first level is fetched once a task, the rest at every use; a line that is
 * stored to is read first, unless the store goes around the caches. */
static double memory_cycles(const struct walk *w, const struct touched *t,
                            double tasks, double threads)
{
        const struct target *target = w->target;
        double size = array_bytes(w, t->array), plain, around, cycles;

        if (t->array->space == THREAD_PRIVATE)
                return 0;
        plain = t->read + t->written - t->streamed;
        around = t->streamed * tasks;
        if (plain > size && size <= (double)target->l1_bytes)
                plain = size;
        cycles = around / MEMORY_BYTES_PER_CYCLE;
        if (size > (double)target->llc_bytes)
                plain += t->written - t->streamed;
        plain *= tasks;
        if (size > (double)target->llc_bytes)
                return cycles + plain / MEMORY_BYTES_PER_CYCLE;
        if (size > (double)target->l2_bytes)
                return cycles + plain / LLC_BYTES_PER_CYCLE / threads;
        if (size > (double)target->l1_bytes)
                return cycles + plain / L2_BYTES_PER_CYCLE / threads;
        return cycles;
}

static double stage_cycles(struct walk *w, const struct thread_stage *stage)
{
        double threads = w->target->threads > 0 ? w->target->threads : 1,
               cycles, memory = 0, busy;
        int64_t tasks = 1;

        w->variables = w->arrays = 0;
        w->times = 1;
        w->chain = 0;
        if (!value_of(w, stage->tasks, 0, &tasks))
                tasks = UNKNOWN_TRIPS;
        if (tasks < 1)
                return 0;
        set_variable(w, stage->task, tasks / 2);
        cycles = block_cycles(w, &stage->block) + TASK_CYCLES;
        busy = (double)tasks < threads ? (double)tasks : threads;
        for (int i = 0; i < w->arrays; i++)
                memory +=
                        memory_cycles(w, &w->touched[i], (double)tasks, busy);
        cycles *= ceil((double)tasks / threads);
        return (cycles > memory ? cycles + memory / 4 : memory + cycles / 4) +
               STAGE_CYCLES;
}

double estimate_program(const struct thread_program *program,
                        const struct binding *binding,
                        const struct target *target)
{
        struct walk w = {.binding = binding, .target = target};
        double cycles = 0;

        for (int i = 0; i < program->stage_count; i++)
                cycles += stage_cycles(&w, program->stage[i]);
        return cycles / CYCLES_PER_NS;
}

double estimate_schedule(const struct spec *spec,
                         const struct binding *binding,
                         const struct target *target,
                         const struct schedule *schedule)
{
        struct thread_program *program = NULL;
        double ns;

        if (lower_schedule(spec, binding, target, schedule, &program, NULL) <
            0)
                return 0;
        ns = estimate_program(program, binding, target);
        thread_free(program);
        return ns;
}
