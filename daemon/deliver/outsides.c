/* See outsides.h. */
#include "deliver/outsides.h"

#include <string.h>

#include "core/clock.h"
#include "core/text.h"

static const cJSON *rows_of(const cJSON *run)
{
        return cJSON_GetObjectItemCaseSensitive(run, "outside");
}

static bool was_measured(const cJSON *row)
{
        return !*letter_text(row, "skipped") &&
               letter_number(row, "ratio") > 0;
}

const cJSON *outsides_best(const cJSON *run, const char *workload)
{
        const cJSON *row, *best = NULL;

        cJSON_ArrayForEach(row, rows_of(run))
        {
                if (!was_measured(row) ||
                    (workload &&
                     !text_equal(letter_text(row, "workload"), workload)))
                        continue;
                if (!best ||
                    letter_number(row, "ratio") < letter_number(best, "ratio"))
                        best = row;
        }
        return best;
}

static const char *workload_name(const struct letter *l, const char *text)
{
        const cJSON *workload;

        cJSON_ArrayForEach(workload, letter_workloads(l))
        {
                if (text_equal(letter_text(workload, "text"), text))
                        return letter_text(workload, "name");
        }
        return text;
}

void outsides_write_faster(struct letter *l)
{
        const cJSON *workload;
        bool any = false;

        cJSON_ArrayForEach(workload, letter_workloads(l))
        {
                const char *text = letter_text(workload, "text");
                const cJSON *best = outsides_best(l->run, text);
                char theirs[32], ours[32];

                if (!best || letter_number(best, "ratio") >= 1)
                        continue;
                clock_format((int64_t)letter_number(best, "outside_ns"),
                             theirs);
                clock_format((int64_t)letter_number(best, "candidate_ns"),
                             ours);
                buf_printf(l->out,
                           "%s is faster than this kernel at %s: %s against "
                           "%s, %.2fx (%.2f to %.2f; %s).\n",
                           letter_text(best, "name"),
                           letter_text(workload, "name"), theirs, ours,
                           1 / letter_number(best, "ratio"),
                           1 / letter_number(best, "high"),
                           1 / letter_number(best, "low"),
                           letter_text(best, "version"));
                any = true;
        }
        if (any)
                buf_puts(l->out, "\n");
}

static void write_row(struct letter *l, const cJSON *row)
{
        char theirs[32], ours[32];

        clock_format((int64_t)letter_number(row, "outside_ns"), theirs);
        clock_format((int64_t)letter_number(row, "candidate_ns"), ours);
        buf_printf(l->out, "  %-14s %-26s %9s %9s %6.2fx  %.2f to %.2f\n",
                   workload_name(l, letter_text(row, "workload")),
                   letter_text(row, "name"), theirs, ours,
                   letter_number(row, "ratio"), letter_number(row, "low"),
                   letter_number(row, "high"));
}

/* The versions of what was measured, and reasons for what was not, each
 * once: rows of a name follow each other workload by workload. */
static void write_notes(struct letter *l)
{
        static const char *const keys[] = {"version", "skipped"};
        const cJSON *row, *earlier;

        for (int k = 0; k < 2; k++) {
                cJSON_ArrayForEach(row, rows_of(l->run))
                {
                        const char *text = letter_text(row, keys[k]);
                        const char *name = letter_text(row, "name");
                        bool told = !*text || was_measured(row) == (k == 1);

                        cJSON_ArrayForEach(earlier, rows_of(l->run))
                        {
                                if (earlier == row)
                                        break;
                                told = told ||
                                       (text_equal(
                                                letter_text(earlier, keys[k]),
                                                text) &&
                                        text_equal(
                                                letter_text(earlier, "name"),
                                                name));
                        }
                        if (told)
                                continue;
                        if (k == 0)
                                buf_printf(l->out, "  %s: %s\n", name, text);
                        else
                                buf_printf(l->out, "  %s not measured: %s\n",
                                           name, text);
                }
        }
}

void outsides_write(struct letter *l)
{
        const cJSON *best = outsides_best(l->run, NULL), *row;

        if (!best) {
                buf_puts(l->out, "Baselines: no outside baseline measured.\n");
                write_notes(l);
                return;
        }
        buf_printf(l->out,
                   "Baselines: outside ones, measured in turn with this "
                   "kernel on the same %d thread%s and data; they did not "
                   "decide.\n\n",
                   l->verdict->threads, l->verdict->threads == 1 ? "" : "s");
        buf_printf(l->out, "  %-14s %-26s %9s %9s %7s  %s\n", "workload",
                   "outside", "it", "this", "ratio", "95 % interval");
        cJSON_ArrayForEach(row, rows_of(l->run))
        {
                if (was_measured(row))
                        write_row(l, row);
        }
        buf_puts(l->out, "\n");
        write_notes(l);
}
