/*
 * See reproduce.h. A commit can come from anybody: trailers are parsed with
 * bounds, sizes are checked against the spec's domains, sources run in the
 * same cells as any candidate. The incumbents come from the parent commit by
 * their blob ids, so a claim cannot be made against something that was never
 * there.
 */
#include "deliver/reproduce.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/text.h"
#include "deliver/elsewhere.h"
#include "plan/change.h"
#include "repo/git.h"
#include "repo/repository.h"
#include "watch/branches.h"

enum { REPRODUCE_TIMEOUT_SECONDS = 1800, REASON_BYTES = 512 };

/* A claim counts as confirmed when what is measured reaches this share of
 * its lower end: sessions differ, proofs of "faster" do not. */
#define REPRODUCE_SHARE 0.9

/* Everything that one reproduction opens. */
struct scene {
        git_repository *git;
        git_commit *commit;
        char parent[41];
        struct tree *tree, *parent_tree;
        struct repository *repository, *parent_repository;
        const struct kernel *kernel;
        const struct variant *candidate;
        struct evaluate_workload workload[LIMIT_WORKLOADS];
        struct reproduction *r;
};

void reproduction_free(struct reproduction *reproduction)
{
        if (!reproduction)
                return;
        evaluate_result_free(reproduction->result);
        free(reproduction);
}

static void scene_dispose(struct scene *s)
{
        repository_free(s->repository);
        repository_free(s->parent_repository);
        tree_close(s->tree);
        tree_close(s->parent_tree);
        git_commit_free(s->commit);
}

/* REV, or origin/REV: in a clone a proposal's branch is a remote one. */
static int find_commit(struct scene *s, const char *revision,
                       struct error *err)
{
        char remote[BRANCH_BYTES + 32];
        git_object *object = NULL, *peeled = NULL;
        int rc = git_revparse_single(&object, s->git, revision);

        if (rc == GIT_ENOTFOUND) {
                snprintf(remote, sizeof remote, "origin/%.256s", revision);
                rc = git_revparse_single(&object, s->git, remote);
        }
        if (rc == 0)
                rc = git_object_peel(&peeled, object, GIT_OBJECT_COMMIT);
        git_object_free(object);
        if (rc == GIT_ENOTFOUND || rc == GIT_EINVALIDSPEC)
                return error_set(err, ERR_NOT_FOUND,
                                 "%s: no branch, tag or commit is called so "
                                 "in %s; `kevo proposal` lists the branches "
                                 "of proposals, `git branch -a` all that are "
                                 "here",
                                 revision, git_repository_path(s->git));
        if (rc < 0)
                return git_fail(err, rc, "%s", revision);
        s->commit = (git_commit *)peeled;
        git_oid_tostr(s->r->commit, 41, git_commit_id(s->commit));
        if (git_commit_parentcount(s->commit) == 0)
                return error_set(err, ERR_INPUT,
                                 "%s is no commit of kevo's, it has no "
                                 "parent; `kevo proposal` lists the branches "
                                 "that hold one",
                                 revision);
        if (git_commit_parentcount(s->commit) != 1)
                return error_set(err, ERR_INPUT,
                                 "%s has %u parents; name the commit that "
                                 "kevo made, not a merge",
                                 revision, git_commit_parentcount(s->commit));
        git_oid_tostr(s->parent, 41, git_commit_parent_id(s->commit, 0));
        return 0;
}

/* The one source that the commit adds or replaces. */
static int find_path(struct scene *s, struct error *err)
{
        struct changes changes;
        int rc, found = 0;

        rc = changes_between(&changes, s->git, s->parent, s->r->commit, err);
        for (int i = 0; i < changes.count && rc == 0; i++) {
                if (changes.change[i].kind != CHANGE_VARIANT ||
                    !text_equal(changes.change[i].name, s->r->trailers.kernel))
                        continue;
                snprintf(s->r->path, sizeof s->r->path, "%s",
                         changes.change[i].path);
                found++;
        }
        changes_dispose(&changes);
        if (rc == 0 && found != 1)
                rc = error_set(err, ERR_INPUT,
                               "%.12s changes %d sources of %s, not one",
                               s->r->commit, found, s->r->trailers.kernel);
        return rc;
}

/* Why a kernel or a file did not load, if the repository says so. */
static int explain(const struct scene *s, struct error *err)
{
        for (int i = 0; i < s->repository->problem_count; i++) {
                if (strstr(s->repository->problem[i].file,
                           s->r->trailers.kernel))
                        return error_set(err, ERR_INPUT, "%s",
                                         s->repository->problem[i].text);
        }
        return error_set(err, ERR_NOT_FOUND,
                         "%.12s has no readable kernel %s with %s",
                         s->r->commit, s->r->trailers.kernel, s->r->path);
}

/* Both commits are read in full: the clone at hand may be any, and the
 * repository's own reader says what is wrong with it. */
static int load(struct scene *s, struct error *err)
{
        int rc;

        rc = tree_open_commit(&s->tree, s->git, s->r->commit, err);
        if (rc == 0)
                rc = tree_open_commit(&s->parent_tree, s->git, s->parent, err);
        if (rc == 0)
                rc = repository_load(&s->repository, s->tree, err);
        if (rc == 0)
                rc = repository_load(&s->parent_repository, s->parent_tree,
                                     err);
        if (rc < 0)
                return rc;
        s->kernel =
                repository_find_kernel(s->repository, s->r->trailers.kernel);
        for (int i = 0; s->kernel && i < s->kernel->variant_count; i++) {
                if (text_equal(s->kernel->variant[i].path, s->r->path))
                        s->candidate = &s->kernel->variant[i];
        }
        return s->candidate && s->candidate->source ? 0 : explain(s, err);
}

/* "M=8192 N=4096" as a binding; every size must be named. */
static int set_sizes(struct binding *binding, const struct spec *spec,
                     const char *text, struct error *err)
{
        char copy[512], *word, *rest = copy, *equal;
        int rc = 0;

        binding_init(binding, spec);
        snprintf(copy, sizeof copy, "%.511s", text);
        while (rc == 0 && (word = strsep(&rest, " "))) {
                if (!*word)
                        continue;
                equal = strchr(word, '=');
                if (!equal)
                        return error_set(err, ERR_INPUT,
                                         "Kevo-Workloads: \"%s\" is not "
                                         "NAME=VALUE",
                                         word);
                *equal = 0;
                rc = binding_set(binding, spec, word, equal + 1, err);
        }
        return rc == 0 ? binding_check(binding, spec, err) : rc;
}

/* The incumbent that a label names, in the parent. */
static int set_incumbent(const struct scene *s, struct evaluate_workload *w,
                         const char *label, struct error *err)
{
        const struct kernel *kernel = repository_find_kernel(
                s->parent_repository, s->r->trailers.kernel);

        w->incumbent_label = label;
        w->incumbent_language = "c";
        if (text_starts(label, "generated@"))
                return 0;
        for (int i = 0; kernel && i < kernel->variant_count; i++) {
                const struct variant *v = &kernel->variant[i];

                if (!text_equal(v->blob, label) || !v->source)
                        continue;
                w->incumbent = v->source->text;
                w->incumbent_language = v->source->language;
                return 0;
        }
        return error_set(err, ERR_NOT_FOUND,
                         "the parent %.12s has no source with the blob %.12s "
                         "that this was measured against",
                         s->parent, label);
}

static int make_workloads(struct scene *s, struct error *err)
{
        const struct trailers *t = &s->r->trailers;
        int rc = 0;

        for (int i = 0; i < t->workload_count && rc == 0; i++) {
                struct evaluate_workload *w = &s->workload[i];

                w->name = t->workload[i].name;
                w->weight = t->workload[i].weight;
                rc = set_sizes(&w->binding, s->kernel->spec,
                               t->workload[i].text, err);
                if (rc == 0)
                        rc = set_incumbent(s, w, t->workload[i].against, err);
        }
        return rc;
}

/* In the order of what matters: right, proved faster, as much as claimed. */
static void judge(struct reproduction *r)
{
        const struct evaluate_result *result = r->result;
        double claimed = r->trailers.low;

        if (!result->correct) {
                r->answer = REPRODUCE_WRONG;
                snprintf(r->sentence, sizeof r->sentence, "wrong: %.900s",
                         result->reason ? result->reason : "a check failed");
        } else if (claimed <= 0) {
                r->answer = REPRODUCE_CONFIRMED;
                snprintf(r->sentence, sizeof r->sentence,
                         "confirmed: correct; it claims no speedup");
        } else if (result->verdict != VERDICT_ACCEPTED) {
                r->answer = REPRODUCE_NOT;
                snprintf(r->sentence, sizeof r->sentence,
                         "not confirmed: %.800s",
                         result->reason ? result->reason : "no win");
        } else if (result->high < REPRODUCE_SHARE * claimed) {
                r->answer = REPRODUCE_NOT;
                snprintf(r->sentence, sizeof r->sentence,
                         "not confirmed: faster (%.3f to %.3f), but less "
                         "than the claimed %.3f",
                         result->low, result->high, claimed);
        } else {
                r->answer = REPRODUCE_CONFIRMED;
                snprintf(r->sentence, sizeof r->sentence,
                         "confirmed: %.3fx (%.3f to %.3f); claimed %.3fx",
                         result->ratio, result->low, result->high,
                         r->trailers.ratio);
        }
}

static int evaluate(struct scene *s, const struct reproduce_options *options,
                    struct error *err)
{
        struct evaluator *evaluator = NULL;
        struct evaluate_request request = {
                .spec = s->kernel->spec,
                .campaign = s->r->commit,
                .language = s->candidate->source->language,
                .candidate = s->candidate->source->text,
                .candidate_label = s->r->path,
                .workload_count = s->r->trailers.workload_count,
                .workload = s->workload,
                .stage = STAGE_S4,
                .threads = s->r->trailers.threads,
                .cold = s->repository->policy.cold,
                .watch = options->watch,
                .watch_data = options->watch_data,
                .timeout_ns =
                        REPRODUCE_TIMEOUT_SECONDS * (int64_t)CLOCK_SECOND_NS};
        int rc = evaluator_start(&evaluator, options->worker, err);

        if (rc == 0)
                rc = evaluator_run(evaluator, &request, &s->r->result, err);
        evaluator_stop(evaluator);
        return rc;
}

static int run(struct scene *s, const char *revision,
               const struct reproduce_options *options, struct error *err)
{
        struct buf text;
        int rc;

        rc = find_commit(s, revision, err);
        if (rc == 0)
                rc = trailers_parse(git_commit_message(s->commit),
                                    &s->r->trailers, err);
        if (rc < 0)
                return error_wrap(err, "%s", revision);
        rc = find_path(s, err);
        if (rc == 0)
                rc = load(s, err);
        if (rc == 0)
                rc = make_workloads(s, err);
        if (rc < 0)
                return rc;
        buf_init(&text, sizeof s->r->sentence / 2);
        rc = elsewhere_differences(&s->r->trailers,
                                   git_commit_message(s->commit), &text, err);
        if (rc == 0 && text.length && !options->anyway) {
                s->r->answer = REPRODUCE_ELSEWHERE;
                snprintf(s->r->sentence, sizeof s->r->sentence,
                         "another environment (%.600s): a speedup need not "
                         "hold here; --anyway measures all the same",
                         text.data);
        } else if (rc == 0) {
                rc = evaluate(s, options, err);
                if (rc == 0)
                        judge(s->r);
        }
        buf_dispose(&text);
        return rc;
}

int reproduce_run(git_repository *git, const char *revision,
                  const struct reproduce_options *options,
                  struct reproduction **reproduction, struct error *err)
{
        struct scene *s = calloc(1, sizeof *s);
        int rc;

        *reproduction = calloc(1, sizeof **reproduction);
        if (!s || !*reproduction) {
                free(s);
                return error_memory(err);
        }
        s->git = git;
        s->r = *reproduction;
        rc = run(s, revision, options, err);
        if (rc < 0) {
                reproduction_free(*reproduction);
                *reproduction = NULL;
        }
        scene_dispose(s);
        free(s);
        return rc;
}
