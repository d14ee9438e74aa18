/* See load.h. /proc/stat counts in hundredths of a second, sampled: short
 * blocks need a margin of some of them. */
#include "evaluate/load.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "core/clock.h"

static const double notable_share = 0.15; /* of the wall time */
static const int64_t margin_ns = 40000000;

void load_read(struct load *load, int64_t cells_cpu_ns)
{
        long long user = 0, nice = 0, system = 0, idle = 0, wait = 0, irq = 0,
                  soft = 0, steal = 0;
        long ticks = sysconf(_SC_CLK_TCK);
        FILE *file = fopen("/proc/stat", "re");
        struct timespec own = {0};

        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &own);
        *load = (struct load){.wall_ns = clock_monotonic_ns(),
                              .own_ns = own.tv_sec * (int64_t)CLOCK_SECOND_NS +
                                        own.tv_nsec + cells_cpu_ns};
        if (!file)
                return;
        if (fscanf(file, "cpu %lld %lld %lld %lld %lld %lld %lld %lld", &user,
                   &nice, &system, &idle, &wait, &irq, &soft, &steal) == 8 &&
            ticks > 0)
                load->busy_ns = (user + nice + system + irq + soft + steal) *
                                (CLOCK_SECOND_NS / ticks);
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
