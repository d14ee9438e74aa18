/* Time: monotonic nanoseconds for durations, wall seconds for records. */
#ifndef KEVO_CORE_CLOCK_H
#define KEVO_CORE_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CLOCK_SECOND_NS = 1000000000 };

int64_t clock_monotonic_ns(void);
int64_t clock_wall_seconds(void);
/* Are two wall times less than so far apart? What carries a time far in the
 * future was written before the clock was set back: it is not recent. */
bool clock_is_within(int64_t then, int64_t now, int64_t seconds);
void clock_sleep_ns(int64_t duration_ns);
/* "850 ns", "1.25 ms", "3 m 20 s": for people. text holds 32 bytes. */
const char *clock_format(int64_t duration_ns, char text[32]);

#endif
