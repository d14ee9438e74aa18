/*
 * How much work an order is, for one binding and for all: multiply-adds, that
 * is runs of the innermost terms, as a number and as a polynomial in the
 * sizes. From two polynomials follows for which sizes a source made in an
 * order other than the spec's is meant (`when`); see regroup.h.
 */
#include "lower/regroup.h"

#include "core/buf.h"
#include "lower/size_poly.h"

enum { TEXT_BYTES = 1024 };

/* What one side of a comparison may reach. */
static const double side_most = 4e18;

/* Over sizes alone. */
static bool visit_plain(const struct expr *expr, void *data)
{
        bool *plain = data;

        if (expr->op == EXPR_READ || expr->op == EXPR_INDEX)
                *plain = false;
        return *plain;
}

bool regroup_is_plain(const struct index *index)
{
        bool plain = !index->data_dependent;

        expr_walk(index->lo, visit_plain, &plain);
        expr_walk(index->hi, visit_plain, &plain);
        return plain;
}

/* --- for one binding --- */

static double extent_of(const struct index *index,
                        const struct binding *binding)
{
        if (!regroup_is_plain(index))
                return 1;
        return (double)(spec_eval_size(index->hi, binding) -
                        spec_eval_size(index->lo, binding));
}

/* Runs of the terms of expr's sums; 0 when it has none. */
static double steps_of(const struct expr *expr, const struct binding *binding)
{
        double steps = 0, extent = 1;

        for (int i = 0; i < expr->count; i++)
                steps += steps_of(expr->arg[i], binding);
        if (expr->op != EXPR_REDUCE)
                return steps;
        for (int i = 0; i < expr->value.reduce.count; i++)
                extent *= extent_of(expr->value.reduce.index[i], binding);
        return extent * (steps > 0 ? steps : 1);
}

double regroup_steps(const struct spec *spec, const struct binding *binding)
{
        double steps = 0, own;

        for (int s = 0; s < spec->statement_count; s++) {
                const struct statement *statement = spec->statement[s];
                double extent = 1;

                for (int i = 0; i < statement->index_count; i++)
                        extent *= extent_of(statement->index[i], binding);
                own = steps_of(statement->value, binding);
                steps += extent * (own > 0 ? own : 1);
        }
        return steps;
}

/* --- for all sizes --- */

static void times_extent(struct poly *poly, const struct index *index)
{
        struct poly low, high;

        size_poly(index->lo, &low);
        size_poly(index->hi, &high);
        poly_subtract(&high, &high, &low);
        poly_multiply(poly, poly, &high);
}

static bool is_nothing(const struct poly *poly)
{
        return poly->known && poly->count == 0;
}

static void work_of(const struct expr *expr, struct poly *work)
{
        struct poly inside;

        poly_constant(work, 0);
        for (int i = 0; i < expr->count; i++) {
                work_of(expr->arg[i], &inside);
                poly_add(work, work, &inside);
        }
        if (expr->op != EXPR_REDUCE)
                return;
        if (is_nothing(work))
                poly_constant(work, 1);
        for (int i = 0; i < expr->value.reduce.count; i++)
                times_extent(work, expr->value.reduce.index[i]);
}

static void work_of_spec(const struct spec *spec, struct poly *work)
{
        struct poly own;

        poly_constant(work, 0);
        for (int s = 0; s < spec->statement_count; s++) {
                const struct statement *statement = spec->statement[s];

                work_of(statement->value, &own);
                if (is_nothing(&own))
                        poly_constant(&own, 1);
                for (int i = 0; i < statement->index_count; i++)
                        times_extent(&own, statement->index[i]);
                poly_add(work, work, &own);
        }
}

/* --- the condition --- */

static int64_t magnitude(int64_t value)
{
        return value < 0 ? -value : value;
}

static int64_t common_divisor(int64_t a, int64_t b)
{
        while (b) {
                int64_t rest = a % b;

                a = b;
                b = rest;
        }
        return a;
}

/* What all terms have in common: sizes, which are never negative, and a
 * number. */
static void take_out_common(struct poly *p)
{
        struct poly_term common = p->term[0];
        int64_t number = 0;

        common.coefficient = 1;
        for (int t = 0; t < p->count; t++) {
                int kept = 0, j = 0;

                number = common_divisor(magnitude(p->term[t].coefficient),
                                        number);
                for (int i = 0; i < common.degree; i++) {
                        while (j < p->term[t].degree &&
                               p->term[t].atom[j] < common.atom[i])
                                j++;
                        if (j < p->term[t].degree &&
                            p->term[t].atom[j] == common.atom[i]) {
                                common.atom[kept++] = common.atom[i];
                                j++;
                        }
                }
                common.degree = kept;
        }
        common.coefficient = number;
        for (int t = 0; t < p->count; t++)
                poly_term_divide(&p->term[t], &common);
}

/* Most that the terms of one sign can be when no size is above cap. */
static double most_of(const struct spec *spec, const struct poly *p,
                      bool negative, int64_t cap)
{
        double most = 0;

        for (int t = 0; t < p->count; t++) {
                const struct poly_term *term = &p->term[t];
                double value = (double)magnitude(term->coefficient);

                if ((term->coefficient < 0) != negative)
                        continue;
                for (int i = 0; i < term->degree; i++) {
                        int64_t high = spec->size[term->atom[i]]->high;

                        value *= (double)(high < cap ? high : cap);
                }
                most += value;
        }
        return most;
}

/* Ranges in front that keep both sides inside 64 bits. */
static void print_ranges(const struct spec *spec, const struct poly *p,
                         struct buf *out)
{
        int64_t cap = INT64_C(1) << 62;

        while (cap > 1 && (most_of(spec, p, false, cap) > side_most ||
                           most_of(spec, p, true, cap) > side_most))
                cap /= 2;
        for (int i = 0; i < spec->size_count; i++)
                if (spec->size[i]->high > cap && poly_uses(p, (uint16_t)i))
                        buf_printf(out, "%s <= %lld && ", spec->size[i]->name,
                                   (long long)cap);
}

static void print_side(const struct spec *spec, const struct poly *p,
                       bool negative, struct buf *out)
{
        const char *between = "";

        for (int t = 0; t < p->count; t++) {
                const struct poly_term *term = &p->term[t];
                int64_t number = magnitude(term->coefficient);

                if ((term->coefficient < 0) != negative)
                        continue;
                buf_puts(out, between);
                between = " + ";
                if (number != 1 || term->degree == 0)
                        buf_printf(out, "%lld%s", (long long)number,
                                   term->degree ? "*" : "");
                for (int i = 0; i < term->degree; i++)
                        buf_printf(out, "%s%s", i ? "*" : "",
                                   spec->size[term->atom[i]]->name);
        }
        if (!*between)
                buf_puts(out, "0");
}

/* p <= 0 for all sizes, seen from its coefficients once every size counts
 * from the least that it can be. */
static bool never_above(const struct spec *spec, const struct poly *p)
{
        struct poly counted = *p, from;

        for (int i = 0; i < spec->size_count; i++) {
                poly_atom(&from, 1, (uint16_t)i);
                poly_add_constant(&from, spec->size[i]->low);
                poly_substitute(&counted, &counted, (uint16_t)i, &from);
        }
        for (int t = 0; t < counted.count; t++)
                if (counted.term[t].coefficient > 0)
                        return false;
        return counted.known;
}

void regroup_limit(struct thread_program *program, const struct spec *spec,
                   const struct spec *made)
{
        struct poly own, more;
        struct buf out;

        if (made == spec)
                return;
        work_of_spec(spec, &own);
        work_of_spec(made, &more);
        poly_subtract(&more, &more, &own);
        if (!more.known || never_above(spec, &more))
                return;
        for (int t = 0; t < more.count; t++)
                more.term[t].coefficient = -more.term[t].coefficient;
        if (never_above(spec, &more)) {
                thread_fail(program, ERR_UNSUPPORTED,
                            "this order of products is never less work than "
                            "the spec's");
                return;
        }
        take_out_common(&more);
        buf_init(&out, TEXT_BYTES);
        print_ranges(spec, &more, &out);
        print_side(spec, &more, true, &out);
        buf_puts(&out, " <= ");
        print_side(spec, &more, false, &out);
        if (out.failed)
                thread_fail(program, ERR_LIMIT,
                            "the sizes of this order take too long to say");
        else
                thread_when(program, "%s", out.data);
        buf_dispose(&out);
}
