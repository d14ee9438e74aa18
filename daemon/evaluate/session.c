/* See session.h. */
#include "evaluate/session.h"

#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "evaluate/load.h"

int session_init(struct session *s, int count, struct error *err)
{
        size_t n = (size_t)(count > 0 ? count : 1);

        *s = (struct session){.count = count, .seed = rng_secret()};
        s->contest = calloc(n, sizeof *s->contest);
        s->weight = calloc(n, sizeof *s->weight);
        s->identical = calloc(n, sizeof *s->identical);
        s->each = calloc(n, sizeof *s->each);
        s->each_null = calloc(n, sizeof *s->each_null);
        if (s->contest && s->weight && s->identical && s->each && s->each_null)
                return 0;
        session_dispose(s);
        return error_memory(err);
}

void session_dispose(struct session *s)
{
        for (int w = 0; s->contest && w < s->count; w++) {
                if (s->contest[w])
                        contest_close(s->contest[w]);
                free(s->contest[w]);
        }
        free(s->contest);
        free(s->weight);
        free(s->identical);
        free(s->each);
        free(s->each_null);
        *s = (struct session){0};
}

static int64_t cells_cpu_ns(const struct session *s)
{
        int64_t sum = 0;

        for (int w = 0; w < s->count; w++) {
                if (s->contest[w])
                        sum += contest_cpu_ns(s->contest[w]);
        }
        return sum;
}

/* One round of one workload. A round that shared the machine is done again,
 * but not forever: on a machine that is never quiet the null experiment has
 * the last word. */
static int measured_round(struct session *s, struct contest *c, bool *alive,
                          struct error *err)
{
        struct load before, after;
        int rc;

        for (;;) {
                load_read(&before, cells_cpu_ns(s));
                rc = contest_round(c, alive, err);
                if (rc < 0 || !*alive)
                        return rc;
                load_read(&after, cells_cpu_ns(s));
                if (!load_was_foreign(&before, &after) ||
                    s->discarded >= c->rounds / 2 + s->patience ||
                    clock_monotonic_ns() > s->deadline_ns)
                        return 0;
                contest_undo(c);
                s->discarded++;
        }
}

static int most_rounds(const struct session *s)
{
        return s->decide ? statistics_look_rounds(STATISTICS_LOOKS - 1)
                         : s->rounds;
}

/* Rounds of every contest up to a number, as far as time allows. */
static int rounds_to(struct session *s, int rounds, bool *alive,
                     struct error *err)
{
        int rc = 0;

        while (s->done < rounds && clock_monotonic_ns() < s->deadline_ns) {
                if (s->tell)
                        s->tell(s->done, most_rounds(s), s->tell_data);
                for (int w = 0; w < s->count; w++) {
                        if (!s->contest[w])
                                continue;
                        rc = measured_round(s, s->contest[w], alive, err);
                        if (rc < 0 || !*alive)
                                return rc;
                }
                s->done++;
        }
        return 0;
}

static void judge(struct session *s, int look, bool last)
{
        static const double none[STATISTICS_ROUNDS];
        struct statistics_series *series;

        series = calloc((size_t)s->count + 1, sizeof *series);
        for (int w = 0; series && w < s->count; w++) {
                const struct contest *c = s->contest[w];

                series[w] = (struct statistics_series){
                        .weight = s->weight[w],
                        .identical = s->identical[w],
                        .ratio = c ? c->ratio : none,
                        .null = c ? c->null : none};
        }
        statistics_decide(series, series ? s->count : 0, s->done, look, last,
                          s->seed, &s->verdict, s->each, s->each_null);
        free(series);
}

int session_run(struct session *s, bool *alive, struct error *err)
{
        int look, wanted, rc;

        *alive = true;
        for (look = 0; look < STATISTICS_LOOKS; look++) {
                wanted = statistics_look_rounds(look);
                if (!s->decide)
                        wanted = s->rounds;
                rc = rounds_to(s, wanted, alive, err);
                if (rc < 0 || !*alive)
                        return rc;
                judge(s, look, !s->decide || s->done < wanted);
                if (!s->decide || s->done < wanted ||
                    s->verdict.decision != STATISTICS_CONTINUE)
                        return 0;
        }
        return 0;
}
