/* See oracle_prelude.h. */
#include "spec/oracle_prelude.h"

#include <stddef.h>

const char *const oracle_prelude[] = {
        oracle_prelude_numbers,  oracle_prelude_functions,
        oracle_prelude_discrete, oracle_prelude_reduce,
        oracle_prelude_select,   NULL,
};
