/* See clock.h. */
#include "core/clock.h"

#include <errno.h>
#include <stdio.h>
#include <time.h>

int64_t clock_monotonic_ns(void)
{
        struct timespec now;

        clock_gettime(CLOCK_MONOTONIC, &now);
        return (int64_t)now.tv_sec * CLOCK_SECOND_NS + now.tv_nsec;
}

int64_t clock_wall_seconds(void)
{
        return (int64_t)time(NULL);
}

bool clock_is_within(int64_t then, int64_t now, int64_t seconds)
{
        return then > now - seconds && then < now + seconds;
}

void clock_sleep_ns(int64_t duration_ns)
{
        struct timespec left = {duration_ns / CLOCK_SECOND_NS,
                                duration_ns % CLOCK_SECOND_NS};

        while (nanosleep(&left, &left) < 0 && errno == EINTR)
                ;
}

const char *clock_format(int64_t duration_ns, char text[32])
{
        double d = (double)duration_ns;

        if (d < 1e3)
                snprintf(text, 32, "%.0f ns", d);
        else if (d < 1e6)
                snprintf(text, 32, "%.3g us", d / 1e3);
        else if (d < 1e9)
                snprintf(text, 32, "%.3g ms", d / 1e6);
        else if (d < 60e9)
                snprintf(text, 32, "%.3g s", d / 1e9);
        else
                snprintf(text, 32, "%d m %d s", (int)(d / 60e9),
                         (int)(d / 1e9) % 60);
        return text;
}
