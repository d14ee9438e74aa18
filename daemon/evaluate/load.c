/* See load.h. /proc/stat counts in hundredths of a second, sampled: short
 * blocks need a margin of some of them. */
#include "evaluate/load.h"

#include <sched.h>
#include <time.h>
#include <unistd.h>

#include "core/clock.h"

static const double notable_share = 0.15; /* of the wall time */
static const int64_t margin_ns = 40000000;

int64_t load_sum_busy_ns(FILE *stat, const cpu_set_t *ours)
{
        long ticks = sysconf(_SC_CLK_TCK);
        long long sum = 0;
        char line[512];

        while (fgets(line, sizeof line, stat)) {
                long long user, nice, system, irq, soft, steal;
                unsigned cpu;

                if (sscanf(line, "cpu%u %lld %lld %lld %*d %*d %lld %lld %lld",
                           &cpu, &user, &nice, &system, &irq, &soft,
                           &steal) == 7 &&
                    cpu < CPU_SETSIZE && CPU_ISSET(cpu, ours))
                        sum += user + nice + system + irq + soft + steal;
        }
        return ticks > 0 ? sum * (CLOCK_SECOND_NS / ticks) : 0;
}

void load_read(struct load *load, int64_t cells_cpu_ns)
{
        FILE *file = fopen("/proc/stat", "re");
        struct timespec own = {0};
        cpu_set_t ours;

        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &own);
        *load = (struct load){.wall_ns = clock_monotonic_ns(),
                              .own_ns = own.tv_sec * (int64_t)CLOCK_SECOND_NS +
                                        own.tv_nsec + cells_cpu_ns};
        if (!file)
                return;
        if (sched_getaffinity(0, sizeof ours, &ours) == 0)
                load->busy_ns = load_sum_busy_ns(file, &ours);
        fclose(file);
}

bool load_was_foreign(const struct load *before, const struct load *after)
{
        int64_t foreign = after->busy_ns - before->busy_ns -
                          (after->own_ns - before->own_ns);
        int64_t wall = after->wall_ns - before->wall_ns;

        if (!before->busy_ns || !after->busy_ns)
                return false;
        return foreign > margin_ns &&
               (double)foreign > notable_share * (double)wall;
}
