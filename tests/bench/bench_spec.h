/* Open the kernel that a benchmark is given. */
#ifndef KEVO_TESTS_BENCH_SPEC_H
#define KEVO_TESTS_BENCH_SPEC_H

#include <stdlib.h>

#include "core/file.h"
#include "core/limits.h"
#include "spec/spec.h"

/* A spec, and its first workload where it has one. */
static inline int bench_open_spec(const char *path, struct spec **spec,
                                  struct binding *binding, struct error *err)
{
        char *text;
        size_t length;
        int rc = file_read(path, LIMIT_SOURCE_BYTES, &text, &length, err);

        if (rc)
                return rc;
        rc = spec_parse(text, length, path, spec, err);
        free(text);
        if (rc)
                return rc;
        binding_init(binding, *spec);
        if ((*spec)->workload_count)
                binding_from_workload(binding, *spec, (*spec)->workload[0]);
        return 0;
}

#endif
