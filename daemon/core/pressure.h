/*
 * How busy the machine is: Linux counts the time in which something that
 * could run waited for a processor (pressure stall information,
 * Documentation/accounting/psi.rst).
 */
#ifndef KEVO_CORE_PRESSURE_H
#define KEVO_CORE_PRESSURE_H

#include <stdint.h>

struct pressure_mark {
        int64_t at_ns;     /* monotonic */
        int64_t waited_us; /* so far; -1 where the system does not tell */
};

struct pressure_mark pressure_now(void);
/* The share of the time between two marks in which something waited, 0 to 1;
 * 0 where that is not known. */
double pressure_between(struct pressure_mark from, struct pressure_mark to);

/* The number in the text of /proc/pressure/cpu, or -1. */
int64_t pressure_parse(const char *text);

#endif
