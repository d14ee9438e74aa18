/*
 * Helpers of printed sources: what fills their templates in.
 *
 * A helper is rendered the first time that it is asked for, after the
 * helpers that it names itself, so a source reads from the simple to the
 * composed.
 */
#include "backends/c/prelude.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "backends/c/prelude_rows.h"
#include "backends/c/simd_math.h"
#include "core/limits.h"
#include "core/text.h"

bool prelude_has(const char *name, enum dtype dtype)
{
        return (dtype == DTYPE_F32 && simd_math_find(name)) ||
               prelude_row_find(name);
}

void prelude_init(struct prelude *prelude, bool nonfinite)
{
        memset(prelude, 0, sizeof *prelude);
        buf_init(&prelude->types, LIMIT_SOURCE_BYTES);
        buf_init(&prelude->text, LIMIT_SOURCE_BYTES);
        prelude->nonfinite = nonfinite;
}

void prelude_dispose(struct prelude *prelude)
{
        buf_dispose(&prelude->types);
        buf_dispose(&prelude->text);
}

int prelude_check(const struct prelude *prelude, struct error *err)
{
        int rc = buf_check(&prelude->types, "the source's types", err);

        if (rc == 0)
                rc = buf_check(&prelude->text, "the source's helpers", err);
        if (rc == 0 && prelude->failure.code)
                rc = error_set(err, prelude->failure.code, "%s",
                               prelude->failure.text);
        return rc;
}

/* True the first time that a helper is asked for. */
static bool first_time(struct prelude *prelude, const char *name,
                       struct thread_type type, struct thread_type from)
{
        for (int i = 0; i < prelude->count; i++)
                if (text_equal(prelude->made[i].name, name) &&
                    prelude->made[i].type.dtype == type.dtype &&
                    prelude->made[i].type.lanes == type.lanes &&
                    prelude->made[i].from.dtype == from.dtype &&
                    prelude->made[i].from.lanes == from.lanes)
                        return false;
        if (prelude->count == PRELUDE_MADE) {
                if (!prelude->failure.code)
                        error_set(&prelude->failure, ERR_LIMIT,
                                  "more than %d helpers in one source",
                                  PRELUDE_MADE);
                return false;
        }
        prelude->made[prelude->count].name = name;
        prelude->made[prelude->count].type = type;
        prelude->made[prelude->count].from = from;
        prelude->count++;
        return true;
}

/* --- types --- */

static const char *scalar_name(struct prelude *prelude, enum dtype dtype,
                               bool element)
{
        if (dtype == DTYPE_BOOL) {
                /* Lanes hold 0 or 1 as bytes. */
                if (element)
                        return "uint8_t";
                prelude->uses_bool = true;
                return "bool";
        }
        if (dtype == DTYPE_BF16)
                return "uint16_t";
        return dtype_c_name(dtype);
}

struct prelude_name prelude_type(struct prelude *prelude,
                                 struct thread_type type)
{
        static const char title[] = "vector types";
        struct prelude_name name;
        size_t bytes = dtype_bytes(type.dtype);

        if (type.lanes == 1) {
                snprintf(name.text, sizeof name.text, "%s",
                         scalar_name(prelude, type.dtype, false));
                return name;
        }
        snprintf(name.text, sizeof name.text, "%sx%d", dtype_name(type.dtype),
                 type.lanes);
        if (!first_time(prelude, title, type, (struct thread_type){0}))
                return name;
        buf_printf(&prelude->types,
                   "typedef %s %s __attribute__((vector_size(%zu)));\n"
                   "typedef %s %s_at __attribute__((aligned(%zu), "
                   "may_alias));\n",
                   scalar_name(prelude, type.dtype, true), name.text,
                   bytes * (size_t)type.lanes, name.text, name.text, bytes);
        return name;
}

/* f32, f32x16: what helpers' names end with. */
static struct prelude_name short_name(struct thread_type type)
{
        struct prelude_name name;

        if (type.lanes == 1)
                snprintf(name.text, sizeof name.text, "%s",
                         dtype_name(type.dtype));
        else
                snprintf(name.text, sizeof name.text, "%sx%d",
                         dtype_name(type.dtype), type.lanes);
        return name;
}

/* Integers as wide as dtype. */
static enum dtype same_width(enum dtype dtype)
{
        switch (dtype_bytes(dtype)) {
        case 8:
                return DTYPE_I64;
        case 4:
                return DTYPE_I32;
        case 2:
                return DTYPE_I16;
        default:
                return DTYPE_I8;
        }
}

/* --- rendering --- */

static void render(struct prelude *prelude, const struct prelude_row *row,
                   struct thread_type type, struct thread_type from);

static void put_type(struct prelude *prelude, struct buf *out,
                     enum dtype dtype, int lanes)
{
        struct thread_type type = {dtype, lanes};

        buf_puts(out, prelude_type(prelude, type).text);
}

/* $H: uint16_t lanes share bf16's typedef. */
/* The type that lanes are converted by way of; DTYPE_NONE: none is needed. Of
 * bf16 only f32 is made. Short integers at most double or halve their width in
 * a step: every value of what is widened fits that type, and what is narrowed
 * wraps in it as it does at the end. */
static enum dtype between(enum dtype from, enum dtype to)
{
        size_t before = dtype_bytes(from), after = dtype_bytes(to);

        if ((from == DTYPE_BF16 && to != DTYPE_F32) ||
            (to == DTYPE_BF16 && from != DTYPE_F32))
                return DTYPE_F32;
        if (dtype_is_integer(from) && before < 4 && after >= 4 * before)
                return before == 1 ? DTYPE_I16 : DTYPE_I32;
        if (dtype_is_integer(to) && after < 4 && dtype_is_integer(from) &&
            before >= 4 * after)
                return before == 8 ? DTYPE_I32 : DTYPE_I16;
        if (dtype_is_integer(to) && after < 4 &&
            (from == DTYPE_F32 || from == DTYPE_F64))
                return DTYPE_I32;
        return DTYPE_NONE;
}

static void put_letter(struct prelude *prelude, struct buf *out, char letter,
                       struct thread_type type, struct thread_type from)
{
        switch (letter) {
        case 'V':
                put_type(prelude, out, type.dtype, type.lanes);
                break;
        case 'N':
                buf_puts(out, short_name(type).text);
                break;
        case 'S':
                buf_puts(out, scalar_name(prelude, type.dtype, true));
                break;
        case 'P': /* an element in memory */
                buf_puts(out, scalar_name(prelude, type.dtype, false));
                break;
        case 'I':
                put_type(prelude, out, same_width(type.dtype), type.lanes);
                break;
        case 'i':
                buf_puts(out, dtype_c_name(same_width(type.dtype)));
                break;
        case 'U':
                put_type(prelude, out, DTYPE_U32, type.lanes);
                break;
        case 'A':
                put_type(prelude, out, DTYPE_I64, type.lanes);
                break;
        case 'H':
                put_type(prelude, out, DTYPE_BF16, type.lanes);
                break;
        case 'W':
                put_type(prelude, out, DTYPE_I16, type.lanes);
                break;
        case 'F':
                put_type(prelude, out, from.dtype, from.lanes);
                break;
        case 'M':
                put_type(prelude, out, between(from.dtype, type.dtype),
                         type.lanes);
                break;
        case 'L':
                buf_printf(out, "%d", type.lanes);
                break;
        case 'x': /* suffix of the C library's functions */
                buf_puts(out, type.dtype == DTYPE_F32 ? "f" : "");
                break;
        default:
                error_set(&prelude->failure, ERR_INTERNAL,
                          "helper template with $%c", letter);
        }
}

static void render_text(struct prelude *prelude, struct buf *out,
                        const char *text, struct thread_type type,
                        struct thread_type from)
{
        char word[PRELUDE_NAME_BYTES];

        while (*text) {
                size_t n = 0;

                if (*text != '$') {
                        buf_putc(out, *text++);
                        continue;
                }
                text++;
                /* One letter is a type; more name a helper. */
                if (!islower((unsigned char)text[0]) ||
                    !islower((unsigned char)text[1])) {
                        put_letter(prelude, out, *text++, type, from);
                        continue;
                }
                while ((islower((unsigned char)text[n]) || text[n] == '_' ||
                        isdigit((unsigned char)text[n])) &&
                       n + 1 < sizeof word)
                        n++;
                memcpy(word, text, n);
                word[n] = 0;
                text += n;
                buf_puts(out, prelude_helper(prelude, word, type).text);
        }
}

static void render(struct prelude *prelude, const struct prelude_row *row,
                   struct thread_type type, struct thread_type from)
{
        struct buf text;

        if (!first_time(prelude, row->name, type, from))
                return;
        buf_init(&text, LIMIT_SOURCE_BYTES);
        render_text(prelude, &text, row->text, type, from);
        if (!prelude->failure.code)
                (void)!buf_check(&text, "a helper", &prelude->failure);
        buf_add(&prelude->text, text.data, text.length);
        buf_putc(&prelude->text, '\n');
        buf_dispose(&text);
}

/* --- helpers written by code --- */

/* {0, 1, ..., L - 1} */
static void render_iota(struct prelude *prelude, struct thread_type type)
{
        struct prelude_name v = prelude_type(prelude, type);

        buf_printf(&prelude->text,
                   "static inline %s iota_%s(void)\n{\n"
                   "        return (%s){",
                   v.text, v.text, v.text);
        for (int l = 0; l < type.lanes; l++)
                buf_printf(&prelude->text, "%s%d",
                           l == 0        ? ""
                           : l % 12 == 0 ? ",\n                "
                                         : ", ",
                           l);
        buf_puts(&prelude->text, "};\n}\n\n");
}

/* One of two vectors, a and b, whose blocks of d lanes change places. */
static void put_exchange(struct buf *out, int lanes, int d, bool upper)
{
        buf_puts(out, " = __builtin_shufflevector(a, b");
        for (int l = 0; l < lanes; l++) {
                int from = l & d ? lanes + l - (upper ? 0 : d)
                                 : l + (upper ? d : 0);

                buf_printf(out, ",%s%d",
                           l % 12 == 0 ? "\n                                "
                                       : " ",
                           from);
        }
        buf_puts(out, ");\n");
}

/* Squares of d by d change places across the diagonal, for d = 1, 2, 4, ...
 * (Eklundh, "A fast computer method for matrix transposing", 1972). */
static void render_turn(struct prelude *prelude, struct thread_type type)
{
        struct prelude_name v = prelude_type(prelude, type);
        struct buf *out = &prelude->text;
        int n = type.lanes;

        buf_printf(out,
                   "/* Lane l of v[k] and lane k of v[l] change places. */\n"
                   "static inline void turn_%s(%s v[%d])\n{\n",
                   v.text, v.text, n);
        for (int d = 1; d < n; d *= 2) {
                buf_printf(
                        out,
                        "#pragma GCC unroll %d\n"
                        "        for (int k = 0; k < %d; k += %d) {\n"
                        "#pragma GCC unroll %d\n"
                        "                for (int l = k; l < k + %d; l++) "
                        "{\n"
                        "                        const %s a = v[l], b = v[l "
                        "+ %d];\n\n",
                        n, n, 2 * d, n, d, v.text, d);
                buf_puts(out, "                        v[l]");
                put_exchange(out, n, d, false);
                buf_printf(out, "                        v[l + %d]", d);
                put_exchange(out, n, d, true);
                buf_puts(out, "                }\n        }\n");
        }
        buf_puts(out, "}\n\n");
}

/* Fold the upper half onto the lower one until one lane is left. */
static void render_horizontal(struct prelude *prelude, const char *name,
                              struct thread_type type)
{
        struct prelude_name v = prelude_type(prelude, type), helper = {{0}};
        const char *op = text_equal(name, "hsum")    ? "v + w"
                         : text_equal(name, "hprod") ? "v * w"
                         : text_equal(name, "hany")  ? "v | w"
                         : text_equal(name, "hall")  ? "v & w"
                                                     : NULL;

        if (!op) /* hmax, hmin, hmaxnan, hminnan */
                helper = prelude_helper(prelude, name + 1, type);
        buf_printf(&prelude->text,
                   "static inline %s %s_%s(%s v)\n{\n"
                   "        %s w;\n\n",
                   scalar_name(prelude, type.dtype, true), name, v.text,
                   v.text, v.text);
        for (int half = type.lanes / 2; half; half /= 2) {
                buf_puts(&prelude->text,
                         "        w = __builtin_shufflevector(v, v");
                for (int l = 0; l < type.lanes; l++)
                        buf_printf(&prelude->text, ",%s%d",
                                   l % 12 == 0 ? "\n                " : " ",
                                   half + l % half);
                buf_puts(&prelude->text, ");\n        v = ");
                if (op)
                        buf_puts(&prelude->text, op);
                else
                        buf_printf(&prelude->text, "%s(v, w)", helper.text);
                buf_puts(&prelude->text, ";\n");
        }
        buf_puts(&prelude->text, "        return v[0];\n}\n\n");
}

/* The lane of v, or behind them of w, that a shuffle brings to `at`. */
static int shuffled(enum thread_op op, int at, int lanes, int from)
{
        switch (op) {
        case THREAD_ZIP:
                return from + at / 2 + (at % 2 ? lanes : 0);
        case THREAD_UNZIP:
                return from + 2 * at;
        default:
                return from + at;
        }
}

struct prelude_name prelude_shuffle(struct prelude *prelude, enum thread_op op,
                                    struct thread_type type, int from)
{
        const char *kind = op == THREAD_ZIP     ? "zip"
                           : op == THREAD_UNZIP ? "unzip"
                                                : "slide";
        const char *words = op == THREAD_ZIP     ? "each followed by that of w"
                            : op == THREAD_UNZIP ? "every second, then of w"
                                                 : "then those of w";
        struct prelude_name v = prelude_type(prelude, type), made;
        struct buf *out = &prelude->text;

        snprintf(made.text, sizeof made.text, "%s%d_%.24s", kind, from,
                 v.text);
        /* The number tells those of one kind apart. */
        if (!first_time(prelude, kind, type,
                        (struct thread_type){type.dtype, from}))
                return made;
        buf_printf(out,
                   "/* Lanes %d.. of v, %s. */\n"
                   "static inline %s %s(%s v, %s w)\n{\n"
                   "        return __builtin_shufflevector(v, w",
                   from, words, v.text, made.text, v.text, v.text);
        for (int l = 0; l < type.lanes; l++)
                buf_printf(out, ",%s%d",
                           l % 12 == 0 ? "\n                " : " ",
                           shuffled(op, l, type.lanes, from));
        buf_puts(out, ");\n}\n\n");
        return made;
}

static const char *const by_code[] = {"iota",    "hsum", "hprod", "hmax",
                                      "hmin",    "hany", "hall",  "hmaxnan",
                                      "hminnan", "turn", NULL};

static bool render_by_code(struct prelude *prelude, const char *name,
                           struct thread_type type)
{
        for (int i = 0; by_code[i]; i++) {
                if (!text_equal(by_code[i], name))
                        continue;
                if (!first_time(prelude, by_code[i], type,
                                (struct thread_type){0}))
                        return true;
                if (i == 0)
                        render_iota(prelude, type);
                else if (text_equal(name, "turn"))
                        render_turn(prelude, type);
                else
                        render_horizontal(prelude, by_code[i], type);
                return true;
        }
        return false;
}

/* Lane by lane through the C library: `call` is its name without suffix. */
static void render_libm(struct prelude *prelude, const char *name,
                        const char *call, int arguments,
                        struct thread_type type)
{
        struct prelude_name v = prelude_type(prelude, type);
        const char *suffix = type.dtype == DTYPE_F32 ? "f" : "";

        prelude->uses_math = true;
        buf_printf(&prelude->text,
                   "static inline %s %s_%s(%s x%s%s%s)\n{\n        %s r;\n\n"
                   "        for (int l = 0; l < %d; l++)\n"
                   "                r[l] = %s%s(x[l]%s);\n"
                   "        return r;\n}\n\n",
                   v.text, name, v.text, v.text, arguments > 1 ? ", " : "",
                   arguments > 1 ? v.text : "", arguments > 1 ? " y" : "",
                   v.text, type.lanes, call, suffix,
                   arguments > 1 ? ", y[l]" : "");
}

struct prelude_name prelude_libm(struct prelude *prelude, const char *name,
                                 const char *call, int arguments,
                                 struct thread_type type)
{
        struct prelude_name made;

        snprintf(made.text, sizeof made.text, "%.32s_%.24s", name,
                 short_name(type).text);
        if (first_time(prelude, name, type, (struct thread_type){0}))
                render_libm(prelude, name, call, arguments, type);
        return made;
}

/* A row for just this type or width ("max@f32x16", "stream@64b"), else the
 * general one. */
static const struct prelude_row *row_for(const char *name,
                                         struct thread_type type)
{
        size_t bytes = dtype_bytes(type.dtype) * (size_t)type.lanes;
        const struct prelude_row *row = NULL;
        char special[PRELUDE_NAME_BYTES];

        snprintf(special, sizeof special, "%.30s@%.20s", name,
                 short_name(type).text);
        if (type.dtype == DTYPE_F32)
                row = simd_math_find(special) ? simd_math_find(special)
                                              : simd_math_find(name);
        if (!row)
                row = prelude_row_find(special);
        snprintf(special, sizeof special, "%.30s@%zub", name, bytes);
        if (!row)
                row = prelude_row_find(special);
        return row ? row : prelude_row_find(name);
}

struct prelude_name prelude_helper(struct prelude *prelude, const char *name,
                                   struct thread_type type)
{
        const struct prelude_row *row = row_for(name, type);
        struct prelude_name made;

        /* max_scalar and max are both called max: types tell them apart. */
        if (text_ends(name, "_scalar") || text_ends(name, "_lanes"))
                snprintf(made.text, sizeof made.text, "%.*s_%.24s",
                         (int)(strrchr(name, '_') - name) & 31, name,
                         short_name(type).text);
        else
                snprintf(made.text, sizeof made.text, "%.32s_%.24s", name,
                         short_name(type).text);
        if (text_equal(name, "stream_end"))
                snprintf(made.text, sizeof made.text, "stream_end");
        if (render_by_code(prelude, name, type))
                return made;
        if (row)
                render(prelude, row, type, (struct thread_type){0});
        else if (!prelude->failure.code)
                error_set(&prelude->failure, ERR_INTERNAL, "no helper %s",
                          name);
        return made;
}

/* Which template converts. */
static const char *conversion(enum dtype from, enum dtype to)
{
        if (between(from, to) != DTYPE_NONE)
                return "steps";
        if (to == DTYPE_BOOL)
                return "truth";
        if (from == DTYPE_F16)
                return to == DTYPE_F32 ? "f32_f16" : "lanes";
        if (to == DTYPE_F16)
                return from == DTYPE_F32 ? "f16_f32" : "lanes";
        if (from == DTYPE_BF16)
                return "f32_bf16";
        if (to == DTYPE_BF16)
                return "bf16_f32";
        return "plain";
}

/* The template for these very types and lanes, or for these lanes; NULL. */
static const struct prelude_row *special_conversion(const char *name,
                                                    struct thread_type from,
                                                    struct thread_type to)
{
        const struct prelude_row *row;
        char special[PRELUDE_NAME_BYTES];

        snprintf(special, sizeof special, "%s_%s@%d", dtype_name(to.dtype),
                 dtype_name(from.dtype), to.lanes);
        row = prelude_conversion_find(special);
        if (row)
                return row;
        snprintf(special, sizeof special, "%.40s@%d", name, to.lanes);
        return prelude_conversion_find(special);
}

struct prelude_name prelude_cast(struct prelude *prelude,
                                 struct thread_type from,
                                 struct thread_type to)
{
        const char *name = conversion(from.dtype, to.dtype);
        const struct prelude_row *row;
        struct prelude_name made, v;

        if (from.lanes == 1) {
                snprintf(made.text, sizeof made.text, "%s_from_%s",
                         dtype_name(to.dtype), dtype_name(from.dtype));
                render(prelude,
                       prelude_conversion_find(from.dtype == DTYPE_BF16
                                                       ? "f32_bf16_scalar"
                                                       : "bf16_f32_scalar"),
                       to, from);
                return made;
        }
        if (text_equal(name, "steps")) {
                struct thread_type middle = {between(from.dtype, to.dtype),
                                             to.lanes};

                prelude_cast(prelude, from, middle);
                prelude_cast(prelude, middle, to);
        }
        v = prelude_type(prelude, to);
        snprintf(made.text, sizeof made.text, "%.24s_from_%.8sx%d", v.text,
                 dtype_name(from.dtype), from.lanes);
        row = special_conversion(name, from, to);
        render(prelude, row ? row : prelude_conversion_find(name), to, from);
        return made;
}
