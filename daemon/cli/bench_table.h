/*
 * kevo bench --table: each kernel at each of its workloads, the best source
 * that is known here against plain C and outside baselines, as a Markdown
 * table or JSON. Everything in a row was measured in one session.
 */
#ifndef KEVO_CLI_BENCH_TABLE_H
#define KEVO_CLI_BENCH_TABLE_H

#include "cli/commands.h"

/* names: kernels, count of them; 0: all that have a workload. Returns 0, 1
 * when a kernel was wrong or could not be measured (said on standard error),
 * or an error. */
int bench_table(struct cli_context *context, char *const *names, int count,
                int threads, bool json, struct error *err) KEVO_MUST_CHECK;

#endif
