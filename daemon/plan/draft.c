/*
 * See draft.h. Errors stick and are asked for once, at the commit: the
 * planner's rules read as the table that they are.
 */
#include "plan/draft.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"

enum { REASON_BYTES = 1024 };

void draft_init(struct draft *draft)
{
        *draft = (struct draft){0};
}

static void free_job(struct job *job)
{
        if (!job)
                return;
        free(job->kind);
        free(job->repository);
        free(job->kernel);
        free(job->hardware);
        free(job->key);
        free(job->payload);
        free(job);
}

void draft_dispose(struct draft *draft)
{
        for (int i = 0; i < draft->count; i++) {
                free(draft->decision[i].kernel);
                free(draft->decision[i].hardware);
                free(draft->decision[i].action);
                free(draft->decision[i].reason);
                free_job(draft->job[i]);
        }
        free(draft->decision);
        free(draft->job);
        draft_init(draft);
}

/* Both arrays or none: a half-grown draft would mix up jobs and reasons. */
static bool grow(struct draft *draft)
{
        int wanted = draft->capacity ? 2 * draft->capacity : 16;
        struct decision *decision;
        struct job **job;

        if (draft->failed)
                return false;
        if (draft->count < draft->capacity)
                return true;
        if (wanted > DRAFT_MAX) {
                draft->failed = ERR_LIMIT;
                return false;
        }
        decision = realloc(draft->decision, (size_t)wanted * sizeof *decision);
        if (decision)
                draft->decision = decision;
        job = realloc(draft->job, (size_t)wanted * sizeof *job);
        if (job)
                draft->job = job;
        if (!decision || !job) {
                draft->failed = ERR_MEMORY;
                return false;
        }
        draft->capacity = wanted;
        return true;
}

void draft_decide(struct draft *draft, const char *kernel,
                  const char *hardware, const char *action, const char *reason,
                  ...)
{
        char text[REASON_BYTES];
        struct decision *next;
        va_list args;

        if (!grow(draft))
                return;
        va_start(args, reason);
        vsnprintf(text, sizeof text, reason, args);
        va_end(args);
        text_hide_control(text); /* a file's name may hold a line of ours */
        next = &draft->decision[draft->count];
        *next = (struct decision){.kernel = strdup(kernel),
                                  .hardware = strdup(hardware),
                                  .workload = (char *)"",
                                  .action = strdup(action),
                                  .reason = strdup(text)};
        draft->job[draft->count++] = NULL;
        if (!next->kernel || !next->hardware || !next->action || !next->reason)
                draft->failed = ERR_MEMORY;
}

/* Without a decision there is nothing to attach a job to: key and payload
 * are freed all the same, for they were given away. */
void draft_job(struct draft *draft, const char *repository, const char *kind,
               int priority, double score, char *key, char *payload)
{
        const struct decision *decision;
        struct job *job;

        if (draft->failed || draft->count == 0) {
                free(key);
                free(payload);
                return;
        }
        decision = &draft->decision[draft->count - 1];
        job = calloc(1, sizeof *job);
        if (!job) {
                free(key);
                free(payload);
                draft->failed = ERR_MEMORY;
                return;
        }
        job->kind = strdup(kind);
        job->repository = strdup(repository);
        job->kernel = strdup(decision->kernel);
        job->hardware = strdup(decision->hardware);
        job->key = key;
        job->payload = payload;
        job->priority = priority;
        job->score = score;
        draft->job[draft->count - 1] = job;
        if (!job->kind || !job->repository || !job->kernel || !job->hardware ||
            !key || !payload)
                draft->failed = ERR_MEMORY;
}

int draft_commit(struct draft *draft, struct store *store, int64_t event,
                 struct error *err)
{
        if (draft->failed == ERR_LIMIT)
                return error_set(err, ERR_LIMIT,
                                 "a plan has at most %d decisions", DRAFT_MAX);
        if (draft->failed)
                return error_memory(err);
        return event_decide(store, event, draft->decision,
                            (const struct job *const *)draft->job,
                            draft->count, err);
}
