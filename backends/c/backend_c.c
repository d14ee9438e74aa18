/*
 * The portable C backend: kernels as tasks on the threads of the caller.
 * Printing is in print.c, building in compile.c, inspection in inspect.c.
 */
#include "backends/backend.h"
#include "backends/c/compile.h"
#include "backends/c/environment.h"
#include "backends/c/inspect.h"
#include "backends/c/print.h"

static void c_target(const struct machine *machine, struct target *target)
{
        *target = (struct target){.language = "c",
                                  .vector_bytes = machine->vector_bytes,
                                  .fma = machine->fma,
                                  .threads = machine->threads,
                                  .l1_bytes = machine->l1_bytes,
                                  .l2_bytes = machine->l2_bytes,
                                  .llc_bytes = machine->llc_bytes};
}

static int c_inspect(const struct build *build, const struct source *source,
                     struct error *err)
{
        return inspect_object(build->object, build->length,
                              source->stage_count, err);
}

const struct backend backend_c = {.abi = BACKEND_ABI,
                                  .language = "c",
                                  .kind = "cpu",
                                  .target = c_target,
                                  .environment = environment_of,
                                  .print = c_print,
                                  .compile = compile_source,
                                  .inspect = c_inspect};
