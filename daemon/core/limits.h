/*
 * The maximum of every buffer that outside data can make grow, in one table.
 *
 * A value that reaches its maximum is an error that names the limit, never a
 * silent truncation and never an allocation of attacker-chosen size.
 */
#ifndef KEVO_CORE_LIMITS_H
#define KEVO_CORE_LIMITS_H

enum {
        LIMIT_JSON_BYTES = 1 << 20,      /* one JSON file of a repository */
        LIMIT_JSON_DEPTH = 16,           /* nesting of such a file */
        LIMIT_SPEC_BYTES = 256 << 10,    /* one .kernel file */
        LIMIT_SPEC_STATEMENTS = 512,     /* statements of one spec */
        LIMIT_SPEC_NAMES = 1024,         /* sizes, tensors, indices together */
        LIMIT_SPEC_DEPTH = 64,           /* nesting of an expression */
        LIMIT_RANK = 16,                 /* dimensions of one tensor */
        LIMIT_SIZES = 32,                /* sizes of one spec */
        LIMIT_TENSORS = 64,              /* in, out, tmp and intermediates */
        LIMIT_WORKLOADS = 256,           /* workloads of one spec */
        LIMIT_SOURCE_BYTES = 1 << 20,    /* one source of a kernel */
        LIMIT_STAGES = 16,               /* stages of one source */
        LIMIT_TUNES = 32,                /* tune lines of one source */
        LIMIT_TUNE_VALUES = 64,          /* values of one tune line */
        LIMIT_NAME_BYTES = 48,           /* a kernel's or hardware's name */
        LIMIT_MESSAGE_BYTES = 64 << 20,  /* one message between processes */
        LIMIT_COMPILER_BYTES = 64 << 10, /* what is kept of its output */
        LIMIT_OBJECT_BYTES = 64 << 20,   /* one compiled object */
        LIMIT_CACHE_MIB = 4096,          /* the cache, when it is pruned */
        LIMIT_CACHE_FILES = 1 << 20,     /* of it looked at in one go */
        LIMIT_PREDECESSORS = 1000,       /* commits looked back for one */
        LIMIT_PATH_BYTES = 4096,
};

#endif
