/*
 * One evaluation of a loaded oracle: planes for the boxes that a plan needs,
 * and the statements run in order over them. Internal to the oracle.
 */
#ifndef KEVO_SPEC_ORACLE_RUN_H
#define KEVO_SPEC_ORACLE_RUN_H

#include <pthread.h>

#include "spec/oracle.h"
#include "spec/oracle_call.h"
#include "spec/oracle_class.h"
#include "spec/oracle_plan.h"

/* A compiled flavour. */
struct oracle_code {
        void *library;
        bool honest;
        int orders;                  /* honest only */
        oracle_function **function;  /* by statement number */
        int64_t (*overflowed)(void); /* honest only: since last asked; runs
                                        take turns, see oracle_lazy */
};

int oracle_code_open(struct oracle_code *code,
                     const struct oracle_class *class, bool honest,
                     const char *cache_dir, struct error *err) KEVO_MUST_CHECK;
void oracle_code_close(struct oracle_code *code);

/* The honest flavour, compiled on first use. The lock is held while it is
 * compiled and while it runs: its overflow flag is one for all threads.
 * (A thread-local one would make leak checkers read memory that the loader
 * gave back.) */
struct oracle_lazy {
        pthread_mutex_t lock;
        struct oracle_code code;
};

struct oracle {
        const struct spec *spec; /* borrowed */
        char *cache_dir;
        struct oracle_class class;
        struct oracle_code code;
        struct oracle_lazy *honest;
        oracle_reference *reference; /* of a spec stated by C code */
        void *reference_data;
};

int oracle_honest_code(const struct oracle *oracle,
                       const struct oracle_code **code,
                       struct error *err) KEVO_MUST_CHECK;

/* A box of an output of a spec with a reference (oracle_reference.c). */
int oracle_reference_box(const struct oracle *oracle,
                         const struct binding *binding,
                         const void *const *inputs,
                         const struct tensor *output, const int64_t *low,
                         const int64_t *high, struct oracle_values *values,
                         struct error *err) KEVO_MUST_CHECK;

/* What to evaluate: the box low..high of output. */
struct oracle_request {
        const struct oracle_code *code;
        const struct oracle_class *class;
        const struct binding *binding;
        const void *const *inputs;
        const struct tensor *output;
        const int64_t *low, *high;
        int threads;
        int64_t drop; /* mutation number, 0: none */
        bool force;   /* let the output's argmax be `forced` */
        int64_t forced;
};

struct oracle_run {
        struct oracle_plan plan;
        struct oracle_call *call;
};

/* Bytes of planes that a plan needs. */
int64_t oracle_run_bytes(const struct oracle_code *code,
                         const struct oracle_class *class,
                         const struct oracle_plan *plan);
/* Evaluate; on success the planes of the output's box are in run->call->t
 * until oracle_run_dispose, which is legal after failures too. */
int oracle_run(struct oracle_run *run, const struct oracle_request *request,
               struct error *err) KEVO_MUST_CHECK;
void oracle_run_dispose(struct oracle_run *run,
                        const struct oracle_request *request);

#endif
