/*
 * Reads of tensors as C: where the element lies, whether it is there, and
 * what reading it does to the error. Subscripts that rest on data are tested
 * even where the checker proved them inside, because its proof rests on the
 * declared constraints and data may break those.
 */
#include "spec/oracle_express.h"

/* Inputs are there in full, except copies in another layout. */
static bool has_base(const struct oracle_emit *emit,
                     const struct tensor *tensor)
{
        return tensor->role != TENSOR_IN ||
               emit->class->unit[tensor->number] != tensor->rank - 1;
}

void oracle_print_offset(struct oracle_emit *emit, const struct tensor *tensor)
{
        for (int d = 0; d < tensor->rank; d++) {
                buf_printf(emit->out, "%sq%d", d ? " + " : "", d);
                if (d != emit->class->unit[tensor->number])
                        buf_printf(emit->out, " * d%d_%d", tensor->number, d);
        }
        if (tensor->rank == 0)
                buf_putc(emit->out, '0');
        if (has_base(emit, tensor))
                buf_printf(emit->out, " - b%d", tensor->number);
}

/* Offset with the subscripts in place. */
static void print_direct_offset(struct oracle_emit *emit,
                                const struct read *read)
{
        int t = read->tensor->number;

        for (int d = 0; d < read->tensor->rank; d++) {
                if (d)
                        buf_puts(emit->out, " + ");
                oracle_print_integer(emit, read->subscript[d]);
                if (d != emit->class->unit[t])
                        buf_printf(emit->out, " * d%d_%d", t, d);
        }
        if (read->tensor->rank == 0)
                buf_putc(emit->out, '0');
        if (has_base(emit, read->tensor))
                buf_printf(emit->out, " - b%d", t);
}

/* The element at the offset o: R, P or I by want ('x', 'p', 'i'). */
static void print_element(struct oracle_emit *emit,
                          const struct tensor *tensor, char want)
{
        int t = tensor->number;
        bool exact = tensor->role == TENSOR_IN || emit->class->exact[t];

        if (want == 'i' && tensor->role == TENSOR_IN) {
                buf_printf(emit->out,
                           tensor->dtype == DTYPE_BOOL ? "(x%d[o] != 0)"
                                                       : "(I)x%d[o]",
                           t);
                return;
        }
        if (want == 'i') {
                buf_printf(emit->out, "k%d[o]", t);
                return;
        }
        if (want == 'p' && exact)
                buf_puts(emit->out, "px(");
        if (tensor->role == TENSOR_OUT)
                buf_printf(emit->out, "cast_%s(", dtype_name(tensor->dtype));
        if (tensor->role == TENSOR_IN && dtype_bytes(tensor->dtype) == 2)
                buf_printf(emit->out, "(R)half_%s(x%d[o])",
                           dtype_name(tensor->dtype), t);
        else if (tensor->role == TENSOR_IN)
                buf_printf(emit->out, "(R)x%d[o]", t);
        else if (exact)
                buf_printf(emit->out, "v%d[o]", t);
        else
                buf_printf(emit->out, "AT(%d, o)", t);
        if (tensor->role == TENSOR_OUT)
                buf_putc(emit->out, ')');
        if (want == 'p' && exact)
                buf_putc(emit->out, ')');
}

void oracle_print_whole(struct oracle_emit *emit, const struct tensor *tensor,
                        char want)
{
        buf_puts(emit->out, "({ const I o = ");
        oracle_print_offset(emit, tensor);
        buf_puts(emit->out, "; ");
        if (emit->class->soft[tensor->number])
                buf_printf(emit->out, "(%s |= u%d[o]), ", oracle_flag(emit),
                           tensor->number);
        print_element(emit, tensor, want);
        buf_puts(emit->out, "; })");
}

static bool soft_subscripts(struct oracle_emit *emit, const struct read *read)
{
        bool soft = false;

        for (int d = 0; d < read->tensor->rank; d++)
                soft |= oracle_is_soft(emit->class, read->subscript[d]);
        return soft;
}

/* Does the read need a test of its subscripts at run time? Data may break
 * what the checker proved from declared constraints. */
static bool needs_test(const struct read *read)
{
        bool data = read->safety != READ_PROVED;

        for (int d = 0; d < read->tensor->rank; d++)
                data |= oracle_reads_data(read->subscript[d]);
        return data;
}

static void print_otherwise(struct oracle_emit *emit, const struct expr *expr,
                            char want)
{
        const struct read *read = &expr->value.read;

        if (read->safety != READ_ELSE) {
                buf_printf(emit->out, "(fail(c, FAIL_OUTSIDE, %d, %d), %s)",
                           expr->line, expr->column,
                           want == 'p' ? "px(0)" : "0");
                return;
        }
        oracle_print_scoped(emit, read->fallback,
                            want == 'i'   ? oracle_print_integer
                            : want == 'p' ? oracle_print_pair
                                          : oracle_print_real);
}

/* The read itself, without what rounding may add. */
static void print_plain_read(struct oracle_emit *emit, const struct expr *expr,
                             char want)
{
        const struct read *read = &expr->value.read;
        const struct tensor *tensor = read->tensor;
        bool test = needs_test(read);

        buf_puts(emit->out, "({ const I ");
        if (!test) {
                buf_puts(emit->out, "o = ");
                print_direct_offset(emit, read);
        } else {
                for (int d = 0; d < tensor->rank; d++) {
                        buf_printf(emit->out, "q%d = ", d);
                        oracle_print_integer(emit, read->subscript[d]);
                        buf_puts(emit->out, ", ");
                }
                buf_puts(emit->out, "o = ");
                oracle_print_offset(emit, tensor);
        }
        buf_puts(emit->out, "; ");
        for (int d = 0; test && d < tensor->rank; d++)
                buf_printf(emit->out, "%sINSIDE(q%d, n%d_%d)",
                           d ? " && " : "(", d, tensor->number, d);
        if (test && tensor->rank)
                buf_puts(emit->out, ") ? ");
        else
                test = false;
        if (emit->class->soft[tensor->number])
                buf_printf(emit->out, "(%s |= u%d[o]), ", oracle_flag(emit),
                           tensor->number);
        print_element(emit, tensor, want);
        if (test) {
                buf_puts(emit->out, " : ");
                print_otherwise(emit, expr, want);
        }
        buf_puts(emit->out, "; })");
}

void oracle_print_real_read(struct oracle_emit *emit, const struct expr *expr)
{
        const char *narrow = oracle_narrow_type(emit->class, expr);
        bool unsure = soft_subscripts(emit, &expr->value.read);

        if (oracle_is_exact(emit->class, expr)) {
                print_plain_read(emit, expr, 'x');
                return;
        }
        if (narrow)
                buf_printf(emit->out, "narrow_%s(", narrow);
        if (unsure)
                buf_puts(emit->out, "({ const P t = ");
        print_plain_read(emit, expr, 'p');
        if (unsure)
                buf_printf(emit->out, "; unsure(t, %s); })",
                           oracle_flag(emit));
        if (narrow)
                buf_putc(emit->out, ')');
}

void oracle_print_integer_read(struct oracle_emit *emit,
                               const struct expr *expr)
{
        print_plain_read(emit, expr, 'i');
}
