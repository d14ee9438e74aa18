/*
 * Printing. Parentheses follow the parser's levels; a reduction that is an
 * operand always has its own, so that its term cannot swallow what follows.
 *
 * In canonical text an index is named by how many indices are open where it
 * is entered: siblings share names, which keeps the text independent of
 * whether a node is shared.
 */
#include "spec/canon.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_BYTES = 32 << 20 };

struct printer {
        struct buf *out;
        bool canonical;
        char prefix[LIMIT_NAME_BYTES]; /* of canonical index names */
        int depth;                     /* open indices */
        short level[LIMIT_SPEC_NAMES]; /* of an index, by number */
};

enum {
        LEVEL_SELECT,
        LEVEL_OR,
        LEVEL_AND,
        LEVEL_COMPARE,
        LEVEL_BIT_OR,
        LEVEL_BIT_XOR,
        LEVEL_BIT_AND,
        LEVEL_SHIFT,
        LEVEL_SUM,
        LEVEL_PRODUCT,
        LEVEL_UNARY,
        LEVEL_LEAF
};

static const struct {
        const char *text;
        int level;
} operators[] = {
        [EXPR_ADD] = {"+", LEVEL_SUM},
        [EXPR_SUB] = {"-", LEVEL_SUM},
        [EXPR_MUL] = {"*", LEVEL_PRODUCT},
        [EXPR_DIV] = {"/", LEVEL_PRODUCT},
        [EXPR_FLOOR_DIV] = {"//", LEVEL_PRODUCT},
        [EXPR_FLOOR_MOD] = {"%", LEVEL_PRODUCT},
        [EXPR_LT] = {"<", LEVEL_COMPARE},
        [EXPR_LE] = {"<=", LEVEL_COMPARE},
        [EXPR_EQ] = {"==", LEVEL_COMPARE},
        [EXPR_NE] = {"!=", LEVEL_COMPARE},
        [EXPR_AND] = {"&&", LEVEL_AND},
        [EXPR_OR] = {"||", LEVEL_OR},
        [EXPR_BIT_AND] = {"&", LEVEL_BIT_AND},
        [EXPR_BIT_OR] = {"|", LEVEL_BIT_OR},
        [EXPR_BIT_XOR] = {"^", LEVEL_BIT_XOR},
        [EXPR_SHL] = {"<<", LEVEL_SHIFT},
        [EXPR_SHR] = {">>", LEVEL_SHIFT},
};

static void print_expr(struct printer *p, const struct expr *expr);

static void print_index_name(struct printer *p, const struct index *index)
{
        if (p->canonical)
                buf_printf(p->out, "%s%d", p->prefix, p->level[index->number]);
        else
                buf_puts(p->out, index->name);
}

/* Inside `level` or looser contexts no parentheses are needed. */
static int level_of(const struct expr *expr)
{
        switch (expr->op) {
        case EXPR_SELECT:
        case EXPR_REDUCE:
                return LEVEL_SELECT;
        case EXPR_NEGATE:
        case EXPR_NOT:
        case EXPR_BIT_NOT:
                return LEVEL_UNARY;
        case EXPR_INTEGER:
                return expr->value.integer < 0 ? LEVEL_UNARY : LEVEL_LEAF;
        case EXPR_REAL:
                return signbit(expr->value.real) ? LEVEL_UNARY : LEVEL_LEAF;
        default:
                if (expr->op >= EXPR_ADD && expr->op <= EXPR_SHR)
                        return operators[expr->op].level;
                return LEVEL_LEAF;
        }
}

static void print_at(struct printer *p, const struct expr *expr, int level)
{
        bool wrap = level_of(expr) < level;

        if (wrap)
                buf_putc(p->out, '(');
        print_expr(p, expr);
        if (wrap)
                buf_putc(p->out, ')');
}

/* The fewest digits that read back as the same double; always a real. */
static void print_real(struct buf *out, double value)
{
        char text[48];

        if (isinf(value)) {
                buf_puts(out, value < 0 ? "-inf" : "inf");
                return;
        }
        for (int digits = 1; digits <= 17; digits++) {
                snprintf(text, sizeof(text), "%.*g", digits, value);
                if (strtod(text, NULL) == value)
                        break;
        }
        if (!strpbrk(text, ".e"))
                strcat(text, ".0");
        buf_puts(out, text);
}

static void print_integer(struct buf *out, int64_t value)
{
        /* The lexer reads the digits before the sign. */
        if (value == INT64_MIN)
                buf_puts(out, "(-9223372036854775807 - 1)");
        else
                buf_printf(out, "%lld", (long long)value);
}

static void print_list(struct printer *p, int count,
                       const struct expr *const *list)
{
        for (int i = 0; i < count; i++) {
                if (i)
                        buf_puts(p->out, ", ");
                print_expr(p, list[i]);
        }
}

static void print_read(struct printer *p, const struct read *read)
{
        bool otherwise = read->safety == READ_ELSE;
        int rank = read->tensor->rank;

        if (otherwise)
                buf_putc(p->out, '(');
        buf_puts(p->out, read->tensor->name);
        /* An init names a tensor without subscripts. */
        if (rank && read->subscript[0]) {
                buf_putc(p->out, '[');
                print_list(p, rank, read->subscript);
                buf_putc(p->out, ']');
        }
        if (read->safety == READ_CHECKED)
                buf_putc(p->out, '!');
        if (!otherwise)
                return;
        buf_puts(p->out, " else ");
        if (read->fallback->op <= EXPR_INDEX) {
                print_expr(p, read->fallback);
        } else {
                buf_putc(p->out, '(');
                print_expr(p, read->fallback);
                buf_putc(p->out, ')');
        }
        buf_putc(p->out, ')');
}

static void print_range(struct printer *p, const struct index *index)
{
        print_index_name(p, index);
        buf_puts(p->out, " in ");
        print_expr(p, index->lo);
        buf_puts(p->out, "..");
        print_expr(p, index->hi);
}

/* From here the index is open; its bounds came before. */
static void open_index(struct printer *p, const struct index *index)
{
        p->level[index->number] = (short)p->depth++;
}

static void print_reduce(struct printer *p, const struct expr *expr)
{
        int count = expr->value.reduce.count;

        buf_printf(p->out, "%s[",
                   reduction_name(expr->value.reduce.reduction));
        for (int i = 0; i < count; i++) {
                if (i)
                        buf_puts(p->out, ", ");
                open_index(p, expr->value.reduce.index[i]);
                print_range(p, expr->value.reduce.index[i]);
        }
        buf_puts(p->out, "] ");
        print_at(p, expr->arg[0], LEVEL_LEAF);
        p->depth -= count;
}

static void print_call(struct printer *p, const char *name,
                       const struct expr *expr)
{
        buf_printf(p->out, "%s(", name);
        print_list(p, expr->count, expr->arg);
        buf_putc(p->out, ')');
}

static void print_binary(struct printer *p, const struct expr *expr)
{
        int level = operators[expr->op].level;

        /* Comparisons do not chain, the others are left-associative. */
        print_at(p, expr->arg[0], level == LEVEL_COMPARE ? level + 1 : level);
        buf_printf(p->out, " %s ", operators[expr->op].text);
        print_at(p, expr->arg[1], level + 1);
}

static void print_select(struct printer *p, const struct expr *expr)
{
        print_at(p, expr->arg[0], LEVEL_OR);
        buf_puts(p->out, " ? ");
        print_at(p, expr->arg[1], LEVEL_OR);
        buf_puts(p->out, " : ");
        print_at(p, expr->arg[2], LEVEL_OR);
}

static void print_expr(struct printer *p, const struct expr *expr)
{
        switch (expr->op) {
        case EXPR_INTEGER:
                print_integer(p->out, expr->value.integer);
                return;
        case EXPR_REAL:
                print_real(p->out, expr->value.real);
                return;
        case EXPR_BOOLEAN:
                buf_puts(p->out, expr->value.integer ? "true" : "false");
                return;
        case EXPR_SIZE:
                buf_puts(p->out, expr->value.size->name);
                return;
        case EXPR_PARAM:
                buf_puts(p->out, expr->value.param->name);
                return;
        case EXPR_INDEX:
                print_index_name(p, expr->value.index);
                return;
        case EXPR_READ:
                print_read(p, &expr->value.read);
                return;
        case EXPR_NEGATE:
        case EXPR_NOT:
        case EXPR_BIT_NOT:
                buf_putc(p->out, expr->op == EXPR_NEGATE ? '-'
                                 : expr->op == EXPR_NOT  ? '!'
                                                         : '~');
                print_at(p, expr->arg[0], LEVEL_UNARY);
                return;
        case EXPR_CAST:
                print_call(p, dtype_name(expr->dtype), expr);
                return;
        case EXPR_CALL:
                print_call(p, function_name(expr->value.function), expr);
                return;
        case EXPR_SELECT:
                print_select(p, expr);
                return;
        case EXPR_REDUCE:
                print_reduce(p, expr);
                return;
        default:
                print_binary(p, expr);
        }
}

static void print_statement(struct printer *p, const struct statement *s)
{
        static const char *const updates[] = {
                [UPDATE_DEFINE] = "=", [UPDATE_SCATTER] = "=",
                [UPDATE_ADD] = "+=",   [UPDATE_MAX] = "max=",
                [UPDATE_MIN] = "min=",
        };

        p->depth = 0;
        for (int i = 0; i < s->index_count; i++)
                open_index(p, s->index[i]);
        buf_puts(p->out, s->target->name);
        if (s->target->rank) {
                buf_putc(p->out, '[');
                print_list(p, s->target->rank, s->subscript);
                buf_putc(p->out, ']');
        }
        buf_printf(p->out, " %s ", updates[s->update]);
        print_expr(p, s->value);
        for (int i = 0; i < s->index_count; i++) {
                buf_puts(p->out, i ? ", " : " for ");
                print_range(p, s->index[i]);
        }
}

static void print_value(struct buf *out, enum dtype dtype, double value)
{
        if (dtype == DTYPE_BOOL)
                buf_puts(out, value ? "true" : "false");
        else if (dtype_is_float(dtype))
                print_real(out, value);
        else
                buf_printf(out, "%.0f", value);
}

static void print_scalars(struct printer *p, const struct spec *spec)
{
        for (int i = 0; i < spec->constant_count; i++) {
                const struct constant *c = spec->constant[i];

                buf_printf(p->out, "    const %s = ", c->name);
                if (c->kind == KIND_INTEGER)
                        print_integer(p->out, c->integer);
                else
                        print_value(p->out,
                                    c->kind == KIND_REAL ? DTYPE_F64
                                                         : DTYPE_BOOL,
                                    c->real);
                buf_putc(p->out, '\n');
        }
        for (int i = 0; i < spec->size_count; i++) {
                const struct size *s = spec->size[i];

                buf_printf(p->out, "    size %s in %lld..=%lld", s->name,
                           (long long)s->low, (long long)s->high);
                if (s->step > 1)
                        buf_printf(p->out, " step %lld", (long long)s->step);
                buf_putc(p->out, '\n');
        }
        for (int i = 0; i < spec->param_count; i++) {
                const struct param *q = spec->param[i];

                buf_printf(p->out, "    param %s: %s", q->name,
                           dtype_name(q->dtype));
                if (q->dtype != DTYPE_BOOL) {
                        buf_puts(p->out, " in ");
                        print_value(p->out, q->dtype, q->low);
                        buf_puts(p->out, "..=");
                        print_value(p->out, q->dtype, q->high);
                }
                buf_puts(p->out, " = ");
                print_value(p->out, q->dtype, q->value);
                buf_putc(p->out, '\n');
        }
}

static void print_constraints(struct printer *p, const struct tensor *t)
{
        if (t->low) {
                buf_puts(p->out, " in ");
                print_expr(p, t->low);
                buf_puts(p->out, "..");
                print_expr(p, t->high);
        }
        if (t->sorted)
                buf_puts(p->out, " sorted");
        if (t->distinct)
                buf_puts(p->out, " distinct");
        if (t->nonfinite)
                buf_puts(p->out, " nonfinite");
        if (t->offsets) {
                buf_puts(p->out, " offsets ");
                print_expr(p, t->offsets);
        }
        if (t->lengths)
                buf_puts(p->out, " lengths");
        if (t->lengths_sum) {
                buf_puts(p->out, " (");
                print_expr(p, t->lengths_sum);
                buf_putc(p->out, ')');
        }
        if (t->hint != HINT_NONE) {
                buf_printf(p->out, " ~ %s(",
                           t->hint == HINT_NORMAL ? "normal" : "uniform");
                print_real(p->out, t->hint_a);
                buf_puts(p->out, ", ");
                print_real(p->out, t->hint_b);
                buf_putc(p->out, ')');
        }
        if (t->init) {
                buf_puts(p->out, " init ");
                print_expr(p, t->init);
        }
}

static void print_tensor(struct printer *p, const struct tensor *t)
{
        static const char *const roles[] = {[TENSOR_IN] = "in",
                                            [TENSOR_OUT] = "out",
                                            [TENSOR_TMP] = "tmp"};

        if (t->role == TENSOR_INTERMEDIATE)
                return;
        buf_printf(p->out, "    %s %s: %s", roles[t->role], t->name,
                   dtype_name(t->dtype));
        if (t->rank) {
                buf_putc(p->out, '[');
                print_list(p, t->rank, t->extent);
                buf_putc(p->out, ']');
        }
        print_constraints(p, t);
        buf_putc(p->out, '\n');
}

static void print_permissions(struct printer *p, const struct spec *spec)
{
        if (spec->allow_tf32)
                buf_puts(p->out, "    allow tf32\n");
        if (spec->bitwise)
                buf_puts(p->out, "    bitwise\n");
        if (spec->accuracy > 0) {
                buf_puts(p->out, "    accuracy ");
                print_real(p->out, spec->accuracy);
                buf_putc(p->out, '\n');
        }
}

static void print_workloads(struct printer *p, const struct spec *spec)
{
        for (int i = 0; i < spec->workload_count; i++) {
                const struct workload *w = spec->workload[i];
                struct binding binding;
                char *text;

                binding_from_workload(&binding, spec, w);
                text = binding_text(&binding, spec);
                buf_printf(p->out, "    workload %s %s\n", w->name,
                           text ? text : "");
                free(text);
        }
}

/* A prefix that, with a digit, begins no name of the spec. */
static void choose_prefix(struct printer *p, const struct spec *spec)
{
        bool taken = true;

        strcpy(p->prefix, "i");
        while (taken && strlen(p->prefix) < LIMIT_NAME_BYTES - 8) {
                size_t n = strlen(p->prefix);
                const char *name;

                taken = false;
#define LOOK(list, count)                                                 \
        for (int i = 0; i < (count); i++) {                               \
                name = (list)[i]->name;                                   \
                if (strncmp(name, p->prefix, n) == 0 && name[n] >= '0' && \
                    name[n] <= '9')                                       \
                        taken = true;                                     \
        }
                LOOK(spec->size, spec->size_count)
                LOOK(spec->constant, spec->constant_count)
                LOOK(spec->param, spec->param_count)
                LOOK(spec->tensor, spec->tensor_count)
#undef LOOK
                if (taken)
                        strcat(p->prefix, "x");
        }
}

static void print_spec(struct printer *p, const struct spec *spec,
                       bool workloads)
{
        buf_printf(p->out, "kernel %s {\n", spec->name);
        print_scalars(p, spec);
        for (int i = 0; i < spec->tensor_count; i++)
                print_tensor(p, spec->tensor[i]);
        print_permissions(p, spec);
        for (int i = 0; i < spec->statement_count; i++) {
                buf_puts(p->out, "    ");
                print_statement(p, spec->statement[i]);
                buf_putc(p->out, '\n');
        }
        if (workloads)
                print_workloads(p, spec);
        buf_puts(p->out, "}\n");
}

void canon_print(const struct spec *spec, struct buf *out)
{
        struct printer p = {.out = out, .canonical = true};

        choose_prefix(&p, spec);
        print_spec(&p, spec, false);
}

void canon_print_readable(const struct spec *spec, bool workloads,
                          struct buf *out)
{
        struct printer p = {.out = out};

        print_spec(&p, spec, workloads);
}

void canon_print_expr(const struct expr *expr, struct buf *out)
{
        struct printer p = {.out = out};

        print_expr(&p, expr);
}

void canon_print_statement(const struct statement *statement, struct buf *out)
{
        struct printer p = {.out = out};

        print_statement(&p, statement);
}

int canon_hash(const struct spec *spec, char hash[HASH_TEXT_BYTES],
               struct error *err)
{
        struct buf out;
        int rc;

        buf_init(&out, TEXT_BYTES);
        canon_print(spec, &out);
        rc = buf_check(&out, "the canonical text of a spec", err);
        if (!rc)
                hash_bytes(out.data, out.length, hash);
        buf_dispose(&out);
        return rc;
}
