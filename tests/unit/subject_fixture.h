/* A folder that is a repository of one kernel for this machine, and its
 * subject. */
#ifndef KEVO_TESTS_SUBJECT_FIXTURE_H
#define KEVO_TESTS_SUBJECT_FIXTURE_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/file.h"
#include "repo/machine.h"
#include "repo/repository.h"
#include "repo/tree.h"
#include "search/subject.h"

struct ground {
        char folder[LIMIT_PATH_BYTES];
        struct machine machine;
        struct tree *tree;
        struct repository *repository;
        struct subject *subject;
        char environment[HASH_TEXT_BYTES];
};

static inline void ground_put(const struct ground *g, const char *name,
                              const char *text)
{
        char path[LIMIT_PATH_BYTES + 256], *slash;
        struct error err;

        snprintf(path, sizeof path, "%s/%s", g->folder, name);
        slash = strrchr(path, '/');
        *slash = 0;
        ck_assert_int_eq(file_make_directories(path, 0755, &err), 0);
        *slash = '/';
        ck_assert_int_eq(file_write(path, text, strlen(text), 0644, &err), 0);
}

/* Policy, hardware and the kernel's spec, at its path in the folder. */
static inline void ground_lay(struct ground *g, const char *spec_path,
                              const char *spec_text)
{
        struct error err = {0};
        char *hardware;

        memset(g, 0, sizeof *g);
        ck_assert_int_eq(file_make_temporary(g->folder, &err), 0);
        machine_probe(&g->machine);
        hardware = machine_hardware_json(&g->machine, "here");
        ground_put(g, "kevo.json", "{\"kevo\": 1}");
        ground_put(g, "hardware/here.json", hardware);
        ground_put(g, spec_path, spec_text);
        free(hardware);
        ck_assert_int_eq(subject_environment(&g->machine, "cpu",
                                             g->environment, NULL, &err),
                         0);
}

/* Load what the folder holds now and make the kernel's subject. */
static inline int ground_look(struct ground *g, const char *kernel_name,
                              struct error *err)
{
        const struct hardware *hardware;
        const struct kernel *kernel;

        ck_assert_int_eq(tree_open_folder(&g->tree, g->folder, err), 0);
        ck_assert_int_eq(repository_load(&g->repository, g->tree, err), 0);
        kernel = repository_find_kernel(g->repository, kernel_name);
        ck_assert_ptr_nonnull(kernel);
        ck_assert_int_eq(machine_find_hardware(&g->machine, g->repository,
                                               &hardware, err),
                         0);
        return subject_make(&g->subject, g->repository, kernel, hardware,
                            &g->machine, g->environment, NULL, NULL, err);
}

static inline void ground_close(struct ground *g)
{
        subject_free(g->subject);
        repository_free(g->repository);
        tree_close(g->tree);
        g->subject = NULL;
        g->repository = NULL;
        g->tree = NULL;
}

static inline void ground_remove(struct ground *g)
{
        ground_close(g);
        file_remove_tree(g->folder);
}

#endif
