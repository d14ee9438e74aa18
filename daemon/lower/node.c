/* See node.h. */
#include "lower/node.h"

const struct expr *node_keep(struct arena *arena, struct expr expr)
{
        static const struct expr none;
        struct expr *made = arena_alloc(arena, sizeof *made);

        if (!made)
                return &none;
        *made = expr;
        return made;
}

const struct expr *node_integer(struct arena *arena, int64_t value)
{
        return node_keep(arena, (struct expr){.op = EXPR_INTEGER,
                                              .kind = KIND_INTEGER,
                                              .value.integer = value});
}

const struct expr *node_index(struct arena *arena, const struct index *index)
{
        return node_keep(arena, (struct expr){.op = EXPR_INDEX,
                                              .kind = KIND_INTEGER,
                                              .value.index = index});
}

const struct expr *node_binary(struct arena *arena, enum expr_op op,
                               const struct expr *a, const struct expr *b)
{
        bool whole = a->kind == KIND_INTEGER && b->kind == KIND_INTEGER &&
                     op != EXPR_DIV;

        return node_keep(
                arena, (struct expr){.op = op,
                                     .kind = whole ? KIND_INTEGER : KIND_REAL,
                                     .line = a->line,
                                     .column = a->column,
                                     .count = 2,
                                     .arg = {a, b}});
}

const struct expr *node_read(struct arena *arena, const struct tensor *tensor,
                             const struct expr *const *subscript)
{
        struct expr read = {
                .op = EXPR_READ,
                .kind = tensor->kind,
                .value.read = {.tensor = tensor, .safety = READ_PROVED}};

        for (int d = 0; d < tensor->rank; d++)
                read.value.read.subscript[d] = subscript[d];
        return node_keep(arena, read);
}

bool node_is_integer(const struct expr *expr, int64_t value)
{
        return expr->op == EXPR_INTEGER && expr->value.integer == value;
}

bool node_is_index(const struct expr *expr, const struct index *index)
{
        return expr->op == EXPR_INDEX &&
               expr->value.index->number == index->number;
}
