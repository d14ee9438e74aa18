/*
 * The oracle's text: prelude, then one function a statement. Each statement
 * is printed in the form that its access pattern asks for: in lanes (several
 * elements side by side), as a scan (a running reduction carried along a
 * dimension), as an update (one pass over its iteration space), or plainly.
 * The honest flavour is always plain: it is used on few elements.
 */
#include "spec/oracle_express.h"

#include "spec/oracle_call.h"
#include "spec/oracle_lanes.h"
#include "spec/oracle_prelude.h"
#include "spec/oracle_select.h"
#include "spec/oracle_update.h"

int oracle_orders(const struct oracle_class *class)
{
        return class->half ? 5 : 4;
}

/* ---- names of the tensors' planes ---- */

struct use {
        struct oracle_emit *emit;
        bool seen[LIMIT_TENSORS];
};

static bool visit_use(const struct expr *expr, void *data)
{
        struct use *use = data;

        if (expr->op == EXPR_READ)
                use->seen[expr->value.read.tensor->number] = true;
        return true;
}

static const char *storage_type(enum dtype dtype)
{
        switch (dtype) {
        case DTYPE_F64:
                return "double";
        case DTYPE_F32:
                return "float";
        case DTYPE_F16:
        case DTYPE_BF16:
                return "unsigned short";
        case DTYPE_I64:
                return "I";
        case DTYPE_I32:
                return "__INT32_TYPE__";
        case DTYPE_I16:
                return "__INT16_TYPE__";
        case DTYPE_I8:
                return "__INT8_TYPE__";
        case DTYPE_U32:
                return "__UINT32_TYPE__";
        default:
                return "U8";
        }
}

static void print_planes(struct oracle_emit *emit, const struct tensor *tensor,
                         bool target)
{
        struct buf *out = emit->out;
        int t = tensor->number;
        const char *constant = target ? "" : "const ";

        for (int d = 0; d < tensor->rank; d++)
                buf_printf(out,
                           "const I d%d_%d = c->t[%d].stride[%d], "
                           "n%d_%d = c->t[%d].extent[%d];\n",
                           t, d, t, d, t, d, t, d);
        buf_printf(out, "const I b%d = c->t[%d].base;\n", t, t);
        if (tensor->role == TENSOR_IN) {
                buf_printf(out, "const %s *const x%d = c->t[%d].data;\n",
                           storage_type(tensor->dtype), t, t);
                return;
        }
        if (tensor->kind != KIND_REAL)
                buf_printf(out, "%sI *restrict const k%d = c->t[%d].i;\n",
                           constant, t, t);
        else
                buf_printf(out, "%sR *restrict const v%d = c->t[%d].v;\n",
                           constant, t, t);
        if (tensor->kind == KIND_REAL && !emit->class->exact[t]) {
                buf_printf(out, "%sR *restrict const e%d = c->t[%d].e;\n",
                           constant, t, t);
                if (emit->honest)
                        buf_printf(out, "%sW *const a%d = c->t[%d].a;\n",
                                   constant, t, t);
        }
        if (emit->class->soft[t])
                buf_printf(out, "%sU8 *const u%d = c->t[%d].u;\n", constant, t,
                           t);
        if (target)
                buf_printf(out, "U8 *const w%d = c->t[%d].w;\n", t, t);
}

static void print_names(struct oracle_emit *emit)
{
        const struct spec *spec = emit->class->spec;
        const struct statement *statement = emit->statement;
        struct use use = {.emit = emit};

        expr_walk(statement->value, visit_use, &use);
        for (int d = 0; d < statement->target->rank; d++)
                expr_walk(statement->subscript[d], visit_use, &use);
        for (int i = 0; i < statement->index_count; i++) {
                expr_walk(statement->index[i]->lo, visit_use, &use);
                expr_walk(statement->index[i]->hi, visit_use, &use);
        }
        if (oracle_init_tensor(statement->target))
                use.seen[oracle_init_tensor(statement->target)->number] = true;
        for (int n = 0; n < spec->size_count; n++)
                buf_printf(emit->out, "const I z%d = c->size[%d];\n", n, n);
        for (int n = 0; n < spec->param_count; n++)
                buf_printf(emit->out, "const double p%d = c->param[%d];\n", n,
                           n);
        for (int t = 0; t < spec->tensor_count; t++)
                if (spec->tensor[t] == statement->target)
                        print_planes(emit, spec->tensor[t], true);
                else if (use.seen[t])
                        print_planes(emit, spec->tensor[t], false);
}

/* ---- storing ---- */

static void print_flag_store(struct oracle_emit *emit)
{
        int t = emit->statement->target->number;

        if (emit->class->soft[t])
                buf_printf(emit->out, "u%d[o] = %s;\n", t, oracle_flag(emit));
}

/* value in the form that the target's planes hold; value NULL: the tensor
 * that an update starts from. */
static void print_stored(struct oracle_emit *emit, const struct expr *value)
{
        const struct tensor *target = emit->statement->target;
        bool exact = emit->class->exact[target->number];
        const struct tensor *start = oracle_init_tensor(target);

        if (!value)
                oracle_print_whole(emit, start,
                                   target->kind != KIND_REAL ? 'i'
                                   : exact                   ? 'x'
                                                             : 'p');
        else if (target->kind != KIND_REAL)
                oracle_print_integer(emit, value);
        else if (exact)
                oracle_print_real(emit, value);
        else
                oracle_print_pair(emit, value);
}

/* value -> the planes at offset o. rounded: as a tmp of a float type. */
void oracle_print_store(struct oracle_emit *emit, const struct expr *value,
                        bool rounded)
{
        const struct tensor *target = emit->statement->target;
        struct buf *out = emit->out;
        int t = target->number;
        bool pair = target->kind == KIND_REAL && !emit->class->exact[t];

        if (target->kind != KIND_REAL)
                buf_printf(out, "k%d[o] = %s(", t, oracle_wrap(target->dtype));
        else if (!pair)
                buf_printf(out, "v%d[o] = (", t);
        else if (rounded)
                buf_printf(out, "PUT(%d, o, cast_%s(", t,
                           dtype_name(target->dtype));
        else
                buf_printf(out, "PUT(%d, o, (", t);
        print_stored(emit, value);
        buf_puts(out, pair ? "));\n" : ");\n");
        print_flag_store(emit);
}

bool oracle_rounds(const struct tensor *tensor)
{
        return tensor->role == TENSOR_TMP && tensor->kind == KIND_REAL;
}

/* ---- defining statements ---- */

static void print_box_loop(struct oracle_emit *emit, int d)
{
        int n = emit->statement->index[d]->number;

        buf_printf(emit->out, "for (I i%d = lo[%d]; i%d < hi[%d]; i%d++) {\n",
                   n, d, n, d, n);
}

/* const I q0 = i3, ..., o = offset; */
static void print_target_offset(struct oracle_emit *emit)
{
        const struct statement *statement = emit->statement;

        buf_puts(emit->out, "const I ");
        for (int d = 0; d < statement->target->rank; d++)
                buf_printf(emit->out, "q%d = i%d, ", d,
                           statement->index[d]->number);
        buf_puts(emit->out, "o = ");
        oracle_print_offset(emit, statement->target);
        buf_puts(emit->out, ";\n");
}

static void print_lanes(struct oracle_emit *emit, int dimension)
{
        const struct statement *statement = emit->statement;
        int rank = statement->target->rank;

        buf_printf(emit->out,
                   "for (I j = lo[%d]; j < hi[%d]; j += %d) {\n"
                   "const I n = min_ii(hi[%d] - j, %d);\n",
                   dimension, dimension, emit->width, dimension, emit->width);
        for (int d = 0; d < rank; d++)
                if (d != dimension)
                        print_box_loop(emit, d);
        buf_printf(emit->out, "U8 U[%d] = {0}; (void)U;\n", emit->width);
        oracle_print_reductions(emit, statement->value);
        buf_printf(emit->out,
                   "for (I l = 0; l < n; l++) {\nconst I i%d = j + l;\n",
                   emit->lane->number);
        print_target_offset(emit);
        oracle_print_store(emit, statement->value,
                           oracle_rounds(statement->target));
        for (int d = 0; d <= rank; d++)
                buf_putc(emit->out, '}');
}

/* The dimension of a scan goes innermost, its accumulators before it. */
static void print_plain(struct oracle_emit *emit, int scan)
{
        const struct statement *statement = emit->statement;
        int rank = statement->target->rank;

        for (int d = 0; d < rank; d++)
                if (d != scan)
                        print_box_loop(emit, d);
        if (scan >= 0) {
                buf_puts(emit->out, "U8 U = 0; (void)U;\n");
                oracle_print_running(emit, statement->value);
                print_box_loop(emit, scan);
        } else {
                buf_puts(emit->out, "{\nU8 U = 0; (void)U;\n");
        }
        oracle_print_reductions(emit, statement->value);
        print_target_offset(emit);
        oracle_print_store(emit, statement->value,
                           oracle_rounds(statement->target));
        for (int d = 0; d < rank; d++)
                buf_putc(emit->out, '}');
        if (scan < 0)
                buf_putc(emit->out, '}');
}

/* The list is made and ordered once for all ranks. */
static void print_selection(struct oracle_emit *emit, int rank)
{
        const struct statement *statement = emit->statement;
        struct buf *out = emit->out;

        oracle_print_list(emit, statement->value);
        for (int d = 0; d < statement->target->rank; d++)
                if (d != rank)
                        print_box_loop(emit, d);
        buf_puts(out, "U8 U = 0;\n");
        oracle_print_gather(emit, statement->value);
        buf_puts(out, "const U8 V = U;\n");
        print_box_loop(emit, rank);
        buf_puts(out, "U8 U = V; (void)U;\n");
        oracle_print_rank(emit, statement->value);
        print_target_offset(emit);
        oracle_print_store(emit, statement->value,
                           oracle_rounds(statement->target));
        for (int d = 0; d < statement->target->rank; d++)
                buf_putc(out, '}');
        oracle_print_unlist(emit, statement->value);
}

static void print_statement(struct oracle_emit *emit)
{
        const struct statement *statement = emit->statement;
        int lane = -1, scan = -1, rank = oracle_rank_dimension(statement);

        buf_printf(emit->out,
                   "\nvoid s%d(struct call *c, const I *lo, const I *hi)\n{\n",
                   statement->number);
        print_names(emit);
        if (!emit->honest && rank < 0) {
                scan = oracle_scan_dimension(statement);
                if (scan < 0)
                        lane = oracle_lane_dimension(emit->class, statement,
                                                     &emit->width);
        }
        emit->lane = lane >= 0 ? statement->index[lane] : NULL;
        emit->scan = scan >= 0 ? statement->index[scan] : NULL;
        emit->scope_count = 0;
        if (statement->update != UPDATE_DEFINE)
                oracle_print_update(emit);
        else if (rank >= 0)
                print_selection(emit, rank);
        else if (lane >= 0)
                print_lanes(emit, lane);
        else
                print_plain(emit, scan);
        buf_puts(emit->out, "\n}\n");
}

int oracle_print(const struct oracle_class *class, bool honest,
                 struct buf *out, struct error *err)
{
        struct oracle_emit emit = {
                .out = out, .class = class, .honest = honest};

        if (class->wide)
                buf_puts(out, "#define WIDE\n");
        if (honest)
                buf_printf(out, "#define HONEST\n#define ORDERS %d\n",
                           oracle_orders(class));
        if (class->spec->accuracy > 0)
                buf_puts(out, "#define RELATIVE\n");
        oracle_call_print(out);
        for (int i = 0; oracle_prelude[i]; i++)
                buf_puts(out, oracle_prelude[i]);
        for (int s = 0; s < class->spec->statement_count; s++) {
                emit.statement = class->spec->statement[s];
                print_statement(&emit);
        }
        return buf_check(out, "the text of the oracle", err);
}
