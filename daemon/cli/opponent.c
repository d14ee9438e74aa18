/* See opponent.h. */
#include "cli/opponent.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/hash.h"
#include "core/text.h"
#include "evaluate/program.h"
#include "repo/git.h"
#include "repo/source.h"
#include "store/records.h"
#include "watch/branches.h"

static int oppose(struct cli_trial *trial, const char *text, const char *label)
{
        trial->against = strdup(text);
        trial->against_label = strdup(label);
        trial->against_language = trial->language;
        return trial->against && trial->against_label ? 0 : ERR_MEMORY;
}

/* Does it parse, and may it be called at every workload? */
static bool serves(const struct subject *s, const char *text,
                   const char *language)
{
        const struct spec *spec = s->kernel->spec;
        struct source *source = NULL;
        bool all = source_parse(text, strlen(text), "before", language, spec,
                                &source, NULL) == 0 &&
                   !source->use;

        for (int i = 0; all && i < s->workload_count; i++)
                all = program_applies(source, spec, &s->workload[i].binding);
        source_free(source);
        return all;
}

/* A version of the past that nothing is known about may be wrong. */
static bool is_good(struct cli_context *context, const struct subject *s,
                    const char *text, const char *language)
{
        char hash[HASH_TEXT_BYTES];

        hash_bytes(text, strlen(text), hash);
        return record_is_right(context->store, s->kernel->spec->hash, hash) &&
               serves(s, text, language);
}

/* The file in one commit, when it is another one than `last` (a blob id, kept
 * up to date) and good. */
static int try_commit(struct cli_context *context, const struct subject *s,
                      const char *commit, const char *path,
                      char last[OID_BYTES], struct cli_trial *trial)
{
        char blob[OID_BYTES] = "", label[LIMIT_PATH_BYTES + 32];
        struct tree *tree = NULL;
        char *text = NULL;
        int rc = tree_open_commit(&tree, context->git, commit, NULL);

        if (rc == 0)
                tree_entry_id(tree, path, blob);
        if (rc == 0 && (!*blob || text_equal(blob, last)))
                rc = ERR_NOT_FOUND;
        if (rc == 0)
                rc = tree_read(tree, path, LIMIT_SOURCE_BYTES, &text, NULL,
                               NULL, NULL);
        if (rc == 0 && !is_good(context, s, text, trial->language))
                rc = ERR_NOT_FOUND;
        snprintf(last, OID_BYTES, "%s", blob);
        snprintf(label, sizeof label, "%s at %.10s", path, commit);
        if (rc == 0)
                rc = oppose(trial, text, label);
        free(text);
        tree_close(tree);
        return rc;
}

int opponent_last_good(struct cli_context *context,
                       const struct subject *subject, const char *before,
                       const char *path, struct cli_trial *trial,
                       struct error *err)
{
        char commit[OID_BYTES], last[OID_BYTES] = "";
        git_revwalk *walk = NULL;
        int rc = ERR_NOT_FOUND;
        git_oid oid;

        if (!*before || git_revwalk_new(&walk, context->git) < 0)
                return ERR_NOT_FOUND;
        git_revwalk_simplify_first_parent(walk);
        if (git_oid_fromstr(&oid, before) == 0 &&
            git_revwalk_push(walk, &oid) == 0) {
                for (int i = 0; i < LIMIT_PREDECESSORS &&
                                git_revwalk_next(&oid, walk) == 0;
                     i++) {
                        git_oid_tostr(commit, sizeof commit, &oid);
                        rc = try_commit(context, subject, commit, path, last,
                                        trial);
                        if (rc == 0 || rc == ERR_MEMORY)
                                break;
                }
        }
        git_revwalk_free(walk);
        if (rc == ERR_MEMORY)
                return error_memory(err);
        return rc == 0 ? 0 : ERR_NOT_FOUND;
}

int opponent_replaced(struct cli_context *context,
                      const struct subject *subject, const char *path,
                      struct cli_trial *trial, struct error *err)
{
        const char *text = NULL, *label = "generated code";
        int rc;

        for (int i = 0; i < subject->kernel->variant_count; i++) {
                const struct variant *v = &subject->kernel->variant[i];

                if (text_equal(v->target, "generic") && v->source &&
                    !text_equal(v->path, path) &&
                    text_equal(v->source->language, trial->language) &&
                    !record_is_wrong(context->store,
                                     subject->kernel->spec->hash,
                                     v->source->hash) &&
                    serves(subject, v->source->text, trial->language)) {
                        text = v->source->text;
                        label = v->path;
                }
        }
        if (!text) {
                rc = subject_first(subject, &text, err);
                if (rc < 0)
                        return rc;
        }
        rc = oppose(trial, text, label);
        return rc < 0 ? error_memory(err) : 0;
}
