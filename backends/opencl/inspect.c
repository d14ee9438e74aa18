/*
 * Inspection of preprocessed OpenCL C. Not a search for known tricks: names
 * that begin with two underscores are refused unless they are of the
 * language, so the compiler's own builtins and assembly are out of reach
 * whatever they are called.
 */
#include <ctype.h>
#include <string.h>

#include "backends/opencl/compile.h"
#include "core/text.h"

enum { WORD_BYTES = 64 };

static const char *const allowed[] = {"__kernel",
                                      "__global",
                                      "__local",
                                      "__constant",
                                      "__private",
                                      "__read_only",
                                      "__write_only",
                                      "__attribute__",
                                      "__restrict",
                                      "__const",
                                      "__inline",
                                      "__inline__",
                                      "__restrict__",
                                      "__OPENCL_VERSION__",
                                      "__ENDIAN_LITTLE__",
                                      "__ROUNDING_MODE__",
                                      NULL};

static const char *const attributes[] = {"reqd_work_group_size",
                                         "work_group_size_hint",
                                         "vec_type_hint",
                                         "opencl_unroll_hint",
                                         "aligned",
                                         "packed",
                                         "always_inline",
                                         "noinline",
                                         "unused",
                                         "const",
                                         "pure",
                                         "__always_inline__",
                                         "__aligned__",
                                         "__packed__",
                                         "float",
                                         "float2",
                                         "float4",
                                         "float8",
                                         "float16",
                                         "int",
                                         "int2",
                                         "int4",
                                         NULL};

static const char *const refused[] = {"asm",
                                      "printf",
                                      "enqueue_kernel",
                                      "enqueue_marker",
                                      "get_default_queue",
                                      "clock_read_device",
                                      "clock_read_work_group",
                                      "clock_read_sub_group",
                                      "clock_read_hilo_device",
                                      NULL};

static bool is_in(const char *const *list, const char *word)
{
        for (int i = 0; list[i]; i++)
                if (text_equal(list[i], word))
                        return true;
        return false;
}

struct reader {
        const char *file, *p;
        int line;
};

static int refuse(const struct reader *r, const char *what, const char *why,
                  struct error *err)
{
        return error_set(err, ERR_INPUT, "%s:%d: %s in device code: %s",
                         r->file, r->line, what, why);
}

/* Directives that are left: line numbers and pragmas. */
static int read_directive(struct reader *r, struct error *err)
{
        const char *p = r->p + 1;

        while (*p == ' ')
                p++;
        if (strncmp(p, "line ", 5) == 0) {
                r->line = 0;
                for (p += 5; isdigit((unsigned char)*p); p++)
                        r->line = (r->line * 10 + *p - '0') % 10000000;
                r->line--;
        } else if (strncmp(p, "pragma unroll", 13) != 0 &&
                   strncmp(p, "pragma OPENCL EXTENSION cl_", 27) != 0 &&
                   strncmp(p, "pragma OPENCL FP_CONTRACT ", 26) != 0) {
                return refuse(r, "a directive",
                              "only `#pragma unroll` and `#pragma OPENCL` "
                              "are possible",
                              err);
        }
        r->p += strcspn(r->p, "\n");
        return 0;
}

static void read_word(struct reader *r, char word[WORD_BYTES])
{
        size_t n = 0;

        while (isalnum((unsigned char)*r->p) || *r->p == '_') {
                if (n < WORD_BYTES - 1)
                        word[n++] = *r->p;
                r->p++;
        }
        word[n] = 0;
}

/* Behind `__attribute__`: words inside its parentheses. */
static int read_attribute(struct reader *r, struct error *err)
{
        char word[WORD_BYTES];
        int depth = 0;

        do {
                if (*r->p == '(')
                        depth++;
                else if (*r->p == ')')
                        depth--;
                else if (*r->p == '\n')
                        r->line++;
                else if (isalpha((unsigned char)*r->p) || *r->p == '_') {
                        read_word(r, word);
                        if (!is_in(attributes, word))
                                return refuse(r, word,
                                              "this attribute is not "
                                              "possible",
                                              err);
                        continue;
                } else if (!isdigit((unsigned char)*r->p) &&
                           !strchr(" \t,*+-/", *r->p)) {
                        return refuse(r, "an attribute", "it cannot be read",
                                      err);
                }
                r->p++;
        } while (*r->p && (depth > 0 || *r->p == ' ' || *r->p == '('));
        return 0;
}

static int check_word(struct reader *r, struct error *err)
{
        char word[WORD_BYTES];

        read_word(r, word);
        if (text_equal(word, "__attribute__"))
                return read_attribute(r, err);
        if (is_in(refused, word) ||
            (strncmp(word, "__", 2) == 0 && !is_in(allowed, word)))
                return refuse(r, word,
                              "a kernel computes and does nothing else; "
                              "assembly, output, clocks and builtins of a "
                              "compiler are not possible",
                              err);
        return 0;
}

int opencl_inspect_text(const char *text, const char *file, struct error *err)
{
        struct reader r = {.file = file, .p = text, .line = 1};
        bool start = true; /* of a line */
        int rc = 0;

        while (*r.p && rc == 0) {
                if (*r.p == '\n') {
                        r.line++;
                        r.p++;
                        start = true;
                } else if (*r.p == '#') {
                        rc = start ? read_directive(&r, err)
                                   : refuse(&r, "#", "it is misplaced", err);
                } else if (*r.p == '"' || *r.p == '\\') {
                        rc = refuse(&r, *r.p == '"' ? "a string" : "\\",
                                    "it has no use here", err);
                } else if (isalpha((unsigned char)*r.p) || *r.p == '_') {
                        rc = check_word(&r, err);
                        start = false;
                } else if (isdigit((unsigned char)*r.p)) {
                        char number[WORD_BYTES];

                        read_word(&r, number);
                        start = false;
                } else {
                        start = start && strchr(" \t", *r.p);
                        r.p++;
                }
        }
        return rc;
}

int opencl_inspect(const struct build *build, const struct source *source,
                   struct error *err)
{
        const struct device_code *code =
                (const struct device_code *)(const void *)build->object;

        return opencl_inspect_text(code->bytes, source->file, err);
}
