/* See oracle_call.h. */
#include "spec/oracle_call.h"

static const struct {
        const char *name, *text;
} failures[FAIL_COUNT] = {
        [FAIL_NONE] = {"FAIL_NONE", ""},
        [FAIL_OUTSIDE] = {"FAIL_OUTSIDE",
                          "a subscript lies outside its tensor; give the "
                          "read an `else` or constrain the input"},
        [FAIL_OVERFLOW] = {"FAIL_OVERFLOW",
                           "an integer does not fit 64 bits; constrain the "
                           "inputs with `in lo..hi`"},
        [FAIL_EMPTY] = {"FAIL_EMPTY",
                        "max or min of nothing; constrain the range so that "
                        "it cannot be empty"},
        [FAIL_DIVISOR] = {"FAIL_DIVISOR",
                          "an integer is divided by 0; constrain the divisor "
                          "with `in lo..hi`"},
        [FAIL_COLLISION] = {"FAIL_COLLISION",
                            "two assignments hit the same element; use += or "
                            "declare the subscript `distinct`"},
        [FAIL_SHIFT] = {"FAIL_SHIFT",
                        "a shift by less than 0 or more than 63 bits"},
        [FAIL_MEMORY] = {"FAIL_MEMORY", "out of memory"},
};

void oracle_call_print(struct buf *out)
{
        buf_printf(out, "#define RANK %d\n#define TENSORS %d\n", LIMIT_RANK,
                   LIMIT_TENSORS);
        for (int i = 0; i < FAIL_COUNT; i++)
                buf_printf(out, "#define %s %d\n", failures[i].name, i);
}

const char *oracle_failure_text(int64_t code)
{
        return code > 0 && code < FAIL_COUNT ? failures[code].text
                                             : "an unknown failure";
}
