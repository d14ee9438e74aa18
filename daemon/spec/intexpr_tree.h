/* The tree of an integer expression, shared by intexpr.c and
 * intexpr_parse.c. */
#ifndef KEVO_SPEC_INTEXPR_TREE_H
#define KEVO_SPEC_INTEXPR_TREE_H

#include "core/limits.h"
#include "spec/intexpr.h"
#include "spec/lex.h"

enum {
        INTEXPR_LEVEL_AND,
        INTEXPR_LEVEL_COMPARE,
        INTEXPR_LEVEL_SUM,
        INTEXPR_LEVEL_PRODUCT,
        INTEXPR_LEVEL_UNARY,
        INTEXPR_LEVEL_LEAF
};

struct intexpr {
        int node_count, name_count;
        struct intexpr_node node[INTEXPR_NODES];
        int column[INTEXPR_NODES];
        char name[INTEXPR_NAMES][LIMIT_NAME_BYTES];
        char where[256];
};

/* By operation, from INTEXPR_ADD on. */
struct intexpr_operator {
        enum token_kind token;
        const char *text, *call; /* call: the helper in C, or NULL */
        int level;
};
extern const struct intexpr_operator intexpr_operators[];

#endif
