/*
 * What the fuzzers share. A fuzzer hands libFuzzer's bytes to the readers of
 * one kind of outside text and checks what the headers promise: an error has
 * its code and a sentence, what was accepted can be used, printed and read
 * again. Sanitizers and libFuzzer watch memory, time and leaks.
 */
#ifndef KEVO_TESTS_FUZZ_H
#define KEVO_TESTS_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/error.h"
#include "core/file.h"
#include "core/limits.h"
#include "repo/repository.h"

/* Called by libFuzzer. Bytes beyond size are poisoned. */
int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline void fuzz_promise(bool kept, const char *promise,
                                const char *detail)
{
        if (kept)
                return;
        fprintf(stderr, "broken promise: %s: %s\n", promise, detail);
        abort();
}

/* rc is what a function returned that fills err when it fails. */
static inline void fuzz_check_error(int rc, const struct error *err)
{
        if (rc == 0)
                return;
        fuzz_promise(rc < 0 && rc == err->code, "the code is in the error",
                     err->text);
        fuzz_promise(err->text[0] != 0, "an error says a sentence", "");
}

/* The bytes as a text of exactly their length and a zero byte; free it. */
static inline char *fuzz_text(const uint8_t *data, size_t size)
{
        char *text = malloc(size + 1);

        if (!text)
                abort();
        memcpy(text, data, size);
        text[size] = 0;
        return text;
}

/* This repository, which outside texts are read against. */
static inline struct repository *fuzz_repository(void)
{
        struct repository *repository = NULL;
        struct error err = {0};
        struct tree *tree;

        if (tree_open_folder(&tree, SOURCE_DIR, &err) < 0 ||
            repository_load(&repository, tree, &err) < 0) {
                fprintf(stderr, "%s\n", err.text);
                exit(EXIT_FAILURE);
        }
        tree_close(tree);
        return repository;
}

/* Leave an example where run.sh asks for them: KEVO_FUZZ_SEEDS names the
 * folder. */
static inline void fuzz_seed(const char *name, const char *text)
{
        const char *folder = getenv("KEVO_FUZZ_SEEDS");
        char path[LIMIT_PATH_BYTES];
        struct error err = {0};

        if (!folder)
                return;
        snprintf(path, sizeof path, "%s/%s", folder, name);
        if (file_write(path, text, strlen(text), 0600, &err) < 0) {
                fprintf(stderr, "%s\n", err.text);
                abort();
        }
}

/* The first word in quotes behind "key" in a JSON text, "" without one: the
 * file is taken to have the name that it says. */
static inline void fuzz_name(const char *text, const char *key, char *name,
                             size_t bytes)
{
        const char *at = strstr(text, key);

        *name = 0;
        at = at ? strchr(at + strlen(key), '"') : NULL;
        if (at)
                snprintf(name, bytes, "%.*s", (int)strcspn(at + 1, "\""),
                         at + 1);
}

#endif
