#include "core/pressure.h"

#include <inttypes.h>
#include <stdio.h>

#include "core/clock.h"

int64_t pressure_parse(const char *text)
{
        int64_t total;

        return sscanf(text,
                      "some avg10=%*f avg60=%*f avg300=%*f total=%" SCNd64,
                      &total) == 1 &&
                               total >= 0
                       ? total
                       : -1;
}

struct pressure_mark pressure_now(void)
{
        struct pressure_mark mark = {clock_monotonic_ns(), -1};
        FILE *file = fopen("/proc/pressure/cpu", "re");
        char line[160];

        if (!file)
                return mark;
        if (fgets(line, sizeof line, file))
                mark.waited_us = pressure_parse(line);
        fclose(file);
        return mark;
}

double pressure_between(struct pressure_mark from, struct pressure_mark to)
{
        double share;

        if (from.waited_us < 0 || to.waited_us < from.waited_us ||
            to.at_ns <= from.at_ns)
                return 0;
        share = (double)(to.waited_us - from.waited_us) * 1e3 /
                (double)(to.at_ns - from.at_ns);
        return share < 1 ? share : 1;
}
