/*
 * See costs.h. Inputs that are read through a data-dependent subscript count
 * with the rows that random indices are expected to touch; everything else
 * counts once in full. Intermediates cost nothing: how they are stored, or
 * whether, is the kernel's business.
 */
#include "spec/costs.h"

#include <math.h>
#include <string.h>

#include "spec/oracle_form.h"
#include "spec/oracle_plan.h"

/* How the inputs are read by the whole spec. */
struct use {
        const struct binding *binding;
        bool read[LIMIT_TENSORS];
        double share[LIMIT_TENSORS]; /* of the elements, the largest */
        double draws;                /* scratch: indices of one subscript */
        bool data_dependent, contraction;
};

/* Different values among `draws` from a domain. */
static double distinct(double domain, double draws, bool zipf)
{
        double sum = 0, p, next, low, norm = log(domain + 1);

        if (domain <= 1)
                return draws > 0 ? 1 : 0;
        if (!zipf)
                return -domain * expm1(draws * log1p(-1 / domain));
        /* Rank k has probability log((k + 2) / (k + 1)) / log(domain + 1);
         * ranks are taken in groups that grow geometrically. */
        for (low = 0; low < domain; low = next) {
                next = low < 64 ? low + 1 : floor(low * 1.05);
                next = next > domain ? domain : next;
                p = log((next + 1) / (low + 1)) / norm / (next - low);
                sum += (next - low) * -expm1(draws * log1p(-p));
        }
        return sum;
}

static bool visit_draws(const struct expr *expr, void *data)
{
        struct use *use = data;
        double elements;

        if (expr->op != EXPR_READ)
                return true;
        elements = (double)spec_tensor_elements(expr->value.read.tensor,
                                                use->binding, NULL);
        if (elements > use->draws)
                use->draws = elements;
        return true;
}

/* The share of a tensor's elements that one read touches. */
static void note_read(struct use *use, const struct read *read)
{
        int64_t extent[LIMIT_RANK];
        double domain = 1, draws = 0, share = 1;
        int t = read->tensor->number;

        spec_tensor_elements(read->tensor, use->binding, extent);
        for (int d = 0; d < read->tensor->rank; d++) {
                use->draws = 0;
                if (read->subscript[d])
                        expr_walk(read->subscript[d], visit_draws, use);
                if (use->draws == 0)
                        continue;
                domain *= (double)extent[d];
                draws = fmax(draws, use->draws);
        }
        if (draws > 0) {
                use->data_dependent = true;
                share = distinct(domain, draws, use->binding->zipf) /
                        fmax(domain, 1);
        }
        use->read[t] = true;
        use->share[t] = fmax(use->share[t], share);
}

static bool visit(const struct expr *expr, void *data)
{
        const struct expr *factor[LIMIT_RANK];
        struct use *use = data;
        int count;

        if (expr->op == EXPR_READ)
                note_read(use, &expr->value.read);
        if (expr->op == EXPR_REDUCE)
                for (int i = 0; i < expr->value.reduce.count; i++)
                        use->data_dependent |=
                                expr->value.reduce.index[i]->data_dependent;
        use->contraction |= oracle_is_contraction(expr, factor, &count);
        return true;
}

static void note_statement(struct use *use, const struct statement *statement)
{
        const struct tensor *target = statement->target;

        expr_walk(statement->value, visit, use);
        for (int d = 0; d < target->rank; d++) {
                expr_walk(statement->subscript[d], visit, use);
                use->data_dependent |=
                        oracle_reads_data(statement->subscript[d]);
        }
        for (int i = 0; i < statement->index_count; i++) {
                use->data_dependent |= statement->index[i]->data_dependent;
                expr_walk(statement->index[i]->lo, visit, use);
                expr_walk(statement->index[i]->hi, visit, use);
        }
        if (target->init && target->init->op == EXPR_READ)
                note_read(use, &target->init->value.read);
}

static void add_operations(const struct spec *spec,
                           const struct binding *binding, struct costs *costs)
{
        int64_t low[LIMIT_RANK] = {0};
        struct oracle_plan plan;
        struct oracle_work work;
        const struct tensor *target;

        if (oracle_plan_init(&plan, spec, binding, NULL, NULL) < 0)
                return;
        for (int s = 0; s < spec->statement_count; s++) {
                target = spec->statement[s]->target;
                oracle_plan_box(&plan, target, low,
                                plan.extent[target->number]);
                work = oracle_plan_work(&plan, spec->statement[s]);
                costs->operations += work.operations;
                costs->multiply_adds += work.multiply_adds;
        }
        oracle_plan_dispose(&plan);
}

void costs_of(const struct spec *spec, const struct binding *binding,
              struct costs *costs)
{
        struct use use = {.binding = binding};
        const struct tensor *tensor;
        double bytes;

        *costs = (struct costs){0};
        for (int s = 0; s < spec->statement_count; s++)
                note_statement(&use, spec->statement[s]);
        for (int t = 0; t < spec->tensor_count; t++) {
                tensor = spec->tensor[t];
                bytes = (double)spec_tensor_bytes(tensor, binding);
                /* Of a data-dependent length nothing is certain. */
                if (tensor->role == TENSOR_OUT && !tensor->length)
                        costs->write_bytes += bytes;
                else if (tensor->role == TENSOR_IN && use.read[t])
                        costs->read_bytes += bytes * use.share[t];
        }
        costs->contraction = use.contraction;
        costs->data_dependent = use.data_dependent;
        add_operations(spec, binding, costs);
}

double costs_floor_ns(const struct costs *costs, double bytes_per_second,
                      double operations_per_second)
{
        double bytes = costs->read_bytes + costs->write_bytes;
        double memory = bytes_per_second > 0 ? bytes / bytes_per_second : 0;
        double arithmetic = operations_per_second > 0
                                    ? costs->operations / operations_per_second
                                    : 0;

        return 1e9 * fmax(memory, arithmetic);
}
