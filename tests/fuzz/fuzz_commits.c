/*
 * What comes out of other people's repositories besides files: the trailers
 * of a commit, and the hints that git hooks send.
 */
#include "fuzz.h"

#include <math.h>

#include "core/text.h"
#include "deliver/trailer.h"
#include "watch/hint.h"

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
        static const struct trailers example = {
                .kernel = "softmax",
                .hardware = "amd-epyc-zen3",
                .environment = "ab12",
                .workload_count = 2,
                .workload = {{"serving", "M=8192 N=4096", "generated@2", 0.75},
                             {"tail", "M=1 N=4096", "1a2b3c4d", 0.25}},
                .threads = 2,
                .method = 1,
                .ratio = 1.843,
                .low = 1.79,
                .high = 1.881,
                .verified = "S4 A 2026-11-21T14:02:11Z"};
        struct buf text;

        (void)argc, (void)argv;
        buf_init(&text, 1 << 20);
        buf_puts(&text, "softmax: faster\n\nWhy.\n\n");
        trailers_write(&example, &text);
        fuzz_seed("trailers", text.data);
        buf_dispose(&text);
        fuzz_seed("push", "push /srv/git/kernels.git refs/heads/main");
        fuzz_seed("wake", "wake");
        return 0;
}

static void read_trailers(const char *text)
{
        static struct trailers trailers, again;
        struct error err = {0};
        struct buf out;
        int rc = trailers_parse(text, &trailers, &err);

        fuzz_check_error(rc, &err);
        if (rc < 0)
                return;
        for (int i = 0; i < trailers.workload_count; i++)
                fuzz_promise(isfinite(trailers.workload[i].weight),
                             "a weight is a number", text);
        fuzz_promise(isfinite(trailers.ratio) && isfinite(trailers.low) &&
                             isfinite(trailers.high),
                     "a speedup is a number", text);
        /* Three digits are written. */
        if (trailers.ratio > 0 &&
            (trailers.ratio < 1e-3 || trailers.low < 1e-3 ||
             trailers.high < 1e-3))
                return;
        buf_init(&out, 16 << 20);
        buf_puts(&out, "Subject\n\nText.\n\n");
        trailers_write(&trailers, &out);
        rc = trailers_parse(out.data, &again, &err);
        fuzz_promise(rc == 0, "written trailers are trailers", err.text);
        fuzz_promise(text_equal(trailers.kernel, again.kernel) &&
                             trailers.workload_count == again.workload_count &&
                             text_equal(trailers.verified, again.verified),
                     "trailers come back", out.data);
        buf_dispose(&out);
}

static void read_hint(const char *line, size_t length)
{
        struct error err = {0};
        struct hint hint;
        int rc = hint_parse(line, length, &hint, &err);

        fuzz_check_error(rc, &err);
        fuzz_promise(rc < 0 || hint.kind == HINT_WAKE ||
                             hint.repository[0] == '/',
                     "a push names a whole path", line);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        char *text = fuzz_text(data, size);

        read_hint(text, size);
        read_trailers(text);
        free(text);
        return 0;
}
