/*
 * From a spec and a schedule to a source (docs/lowering.md):
 *
 *   spec --schedule--> [tile program] --> thread program --> printers
 *
 * The thread program (thread.h) is what C, and later CUDA, HIP and OpenCL,
 * are printed from; a tile program for Triton-like languages sits above it
 * and is not needed by the C path. A schedule is data: a class and named
 * integer fields. A search move changes one field; a schedule serialises,
 * hashes, compares, and is stored with its node.
 */
#ifndef KEVO_LOWER_LOWER_H
#define KEVO_LOWER_LOWER_H

#include "core/buf.h"
#include "lower/schedule.h"
#include "lower/thread.h"
#include "spec/spec.h"

/* What lowering may assume about the device. */
struct target {
        const char *language; /* "c" */
        int vector_bytes;     /* 16, 32, 64 */
        bool fma;
        int threads;
        int items; /* most work-items of a group; 0: tasks have none. A
                      target with work-items has no lanes: values are
                      scalars */
        int64_t l1_bytes, l2_bytes, llc_bytes;
};

/* Raised when the lowering's output may change for the same schedule; part
 * of "generated@VERSION" and of search keys. */
enum { LOWER_VERSION = 19 };

/* The first kernel: straightforward, correct, for any spec of the language,
 * one stage a statement. program is freed with thread_free. ERR_UNSUPPORTED
 * for a kernel that C code states: nothing can be generated from that. */
int lower_first(const struct spec *spec, struct thread_program **program,
                struct error *err) KEVO_MUST_CHECK;

/* The structural classes that apply to spec, best guess first; returns
 * their number (0: only the first kernel). */
int lower_classes(const struct spec *spec, const struct target *target,
                  enum schedule_class *classes, int maximum);

/* The fields of a class for spec at a representative workload: names, legal
 * values, a default for each (the cost model's guess). */
int lower_fields(const struct spec *spec, const struct binding *workload,
                 const struct target *target, enum schedule_class class,
                 struct schedule_space *space,
                 struct error *err) KEVO_MUST_CHECK;

/* Lower under a schedule. ERR_UNSUPPORTED when the combination of fields is
 * not possible (the search prunes it, it is not a failure). workload gives
 * the values of sizes that the schedule fixes at compile time. */
int lower_schedule(const struct spec *spec, const struct binding *workload,
                   const struct target *target,
                   const struct schedule *schedule,
                   struct thread_program **program,
                   struct error *err) KEVO_MUST_CHECK;

#endif
