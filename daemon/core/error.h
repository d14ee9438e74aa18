/*
 * Errors: what can fail returns 0 or one of these negative codes and fills a
 * struct error once, at the place that knows what went wrong, with a sentence
 * that says what to do. Callers add context in front and pass the code on.
 */
#ifndef KEVO_CORE_ERROR_H
#define KEVO_CORE_ERROR_H

#define KEVO_MUST_CHECK __attribute__((warn_unused_result))
#define KEVO_PRINTF(text, first) __attribute__((format(printf, text, first)))

enum {
        ERR_INPUT = -1,       /* what a person or file gave us is wrong */
        ERR_NOT_FOUND = -2,   /* the named thing does not exist */
        ERR_IO = -3,          /* the system refused: errno is in the text */
        ERR_LIMIT = -4,       /* a maximum of limits.h was reached */
        ERR_MEMORY = -5,      /* an allocation failed */
        ERR_TIMEOUT = -6,     /* a deadline passed */
        ERR_BUSY = -7,        /* try again later: a lock, a busy database */
        ERR_DENIED = -8,      /* not allowed: owner, mode, policy */
        ERR_UNSUPPORTED = -9, /* understood, but this part cannot do it */
        ERR_LOST = -10,       /* a child or connection went away */
        ERR_INTERNAL = -11,   /* a defect of kevo itself */
        ERR_INTERRUPTED = -12 /* whoever waits said that it is to end */
};

enum { ERROR_TEXT_BYTES = 2048 };

/* Caller's storage. code is 0 until something failed. */
struct error {
        int code;
        char text[ERROR_TEXT_BYTES];
};

/* Fill err (which may be NULL) with a sentence; returns code. */
int error_set(struct error *err, int code, const char *format, ...)
        KEVO_PRINTF(3, 4);

/* Put "context: " in front of err's text; returns err's code. */
int error_wrap(struct error *err, const char *format, ...) KEVO_PRINTF(2, 3);

/* Shorthand: out of memory; returns ERR_MEMORY. */
int error_memory(struct error *err);

/* One word for a code, for logs and JSON: "input", "not-found", ... */
const char *error_name(int code);

#endif
