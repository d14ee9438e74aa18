/*
 * See scan.h. The scanner knows as much of C and Python as is needed to say
 * where a comment or a literal ends. What it must never do is take text from
 * inside either for a header line: a commented-out stage would come back to
 * life.
 */
#include "repo/scan.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"

/* Stands in the blanked text where a line comment begins. */
enum { MARK = '\1' };

static void blank(char *from, char *to)
{
        for (; from < to; from++)
                if (*from != '\n')
                        *from = ' ';
}

/* End of a line comment; a backslash at the end of a line carries C's over. */
static char *comment_end(char *p, bool c_like)
{
        while (*p && (*p != '\n' || (c_like && p[-1] == '\\')))
                p++;
        return p;
}

/* End of a literal that opens at p, which is a quote. An unterminated one
 * ends with its line, unless it is Python's triple quote. */
static char *literal_end(char *p, bool c_like)
{
        char quote = *p;

        if (!c_like && p[1] == quote && p[2] == quote) {
                char triple[4] = {quote, quote, quote, 0};
                char *end = strstr(p + 3, triple);

                return end ? end + 3 : p + strlen(p);
        }
        for (p++; *p && *p != quote && *p != '\n'; p++)
                if (*p == '\\' && p[1])
                        p++;
        return *p ? p + 1 : p;
}

static void blank_comments(char *text, const char *mark)
{
        bool c_like = text_equal(mark, "//");
        char *p = text, *end;

        while (*p) {
                if (text_starts(p, mark)) {
                        end = comment_end(p, c_like);
                        blank(p, end);
                        *p = MARK;
                        p = end;
                } else if (c_like && p[0] == '/' && p[1] == '*') {
                        end = strstr(p + 2, "*/");
                        end = end ? end + 2 : p + strlen(p);
                        blank(p, end);
                        p = end;
                } else if (*p == '"' || *p == '\'') {
                        end = literal_end(p, c_like);
                        blank(p, end);
                        p = end;
                } else {
                        p++;
                }
        }
}

static char *skip_blanks(char *p)
{
        return p + strspn(p, " \t\r");
}

static void trim_end(char *p)
{
        size_t n = strlen(p);

        while (n && isspace((unsigned char)p[n - 1]))
                p[--n] = 0;
}

/* Text after `kevo:` when the comment at p (behind its mark) has it. */
static char *header_text(char *p)
{
        p = skip_blanks(p);
        return text_starts(p, "kevo:") ? skip_blanks(p + 5) : NULL;
}

/* A header line without its colon, `// kevo tune W = 8 in 4 8`, would be a
 * comment that nobody reads. The marks tell it from prose about kevo: each
 * kind of line has one of its own; NULL: none is needed. */
static const char *bare_header(char *p)
{
        static const char *const lines[][2] = {
                {"tune", "="},    {"when", "<>=%"}, {"check", "<>="},
                {"scratch", "["}, {"stage", NULL},  {"fix", NULL},
                {"use", "."}};
        size_t n;

        p = skip_blanks(p);
        if (!text_starts(p, "kevo"))
                return NULL;
        p += strlen("kevo");
        if (*p != ' ' && *p != '\t')
                return NULL;
        p = skip_blanks(p);
        if (*p == ':')
                return skip_blanks(p + 1);
        n = strcspn(p, " \t");
        for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
                if (strlen(lines[i][0]) == n && text_starts(p, lines[i][0]) &&
                    p[n] && (!lines[i][1] || strpbrk(p, lines[i][1])))
                        return p;
        return NULL;
}

/* Lines that may stand above header lines although they are not comments. */
static bool is_preamble(const char *code, bool c_like)
{
        if (c_like)
                return *code == '#';
        return text_starts(code, "import ") || text_starts(code, "from ");
}

static int add_line(struct scan *scan, char *text, int number, int column,
                    const char *file, struct error *err)
{
        if (scan->code_line)
                return error_set(err, ERR_INPUT,
                                 "%s:%d: header line below the code of line "
                                 "%d; move it to the top of the file",
                                 file, number, scan->code_line);
        if (scan->count == SCAN_LINES)
                return error_set(err, ERR_LIMIT,
                                 "%s:%d: more than %d header lines", file,
                                 number, SCAN_LINES);
        trim_end(text);
        scan->line[scan->count].text = text;
        scan->line[scan->count].column = column;
        scan->line[scan->count++].line = number;
        return 0;
}

/* A line comment; p is behind its mark, in line. */
static int scan_comment(struct scan *scan, const char *line, char *p,
                        int number, const char *file, const char *mark,
                        struct error *err)
{
        char *header = header_text(p);
        const char *bare;

        if (header)
                return add_line(scan, header, number, (int)(header - line) + 1,
                                file, err);
        bare = scan->code_line ? NULL : bare_header(p);
        if (!bare)
                return 0;
        trim_end(p);
        return error_set(err, ERR_INPUT,
                         "%s:%d: a header line has a colon behind kevo; write "
                         "`%s kevo: %s`",
                         file, number, mark, bare);
}

/* One line: its original text (in scan->copy) and what is left of it. */
static int scan_line(struct scan *scan, char *line, const char *code,
                     int number, const char *file, const char *mark,
                     struct error *err)
{
        bool c_like = text_equal(mark, "//");
        size_t lead = strspn(code, " \t\r");

        /* The byte of MARK may stand in a file too. */
        if (code[lead] == MARK && text_starts(line + lead, mark))
                return scan_comment(scan, line, line + lead + strlen(mark),
                                    number, file, mark, err);
        if (code[lead]) {
                if (!scan->any_line)
                        scan->any_line = number;
                if (!scan->code_line && !is_preamble(code + lead, c_like))
                        scan->code_line = number;
                return 0;
        }
        line = skip_blanks(line);
        if (scan->code_line || !c_like || text_starts(line, "//"))
                return 0;
        line += strspn(line, "/*");
        if (header_text(line))
                return error_set(err, ERR_INPUT,
                                 "%s:%d: header lines are line comments; "
                                 "write `// kevo: %s`",
                                 file, number, header_text(line));
        return 0;
}

int scan_source(struct scan *scan, const char *text, size_t length,
                const char *file, const char *mark, struct error *err)
{
        char *line, *code;
        int rc = 0;

        memset(scan, 0, sizeof *scan);
        scan->copy = strndup(text, length);
        scan->code = strndup(text, length);
        if (!scan->copy || !scan->code)
                return error_memory(err);
        if (strlen(scan->copy) != length)
                return error_set(err, ERR_INPUT,
                                 "%s: contains a zero byte; a source is text",
                                 file);
        blank_comments(scan->code, mark);
        line = scan->copy;
        code = scan->code;
        for (int number = 1; *line && rc == 0; number++) {
                size_t n = strcspn(line, "\n");
                bool last = !line[n];
                char kept = code[n];

                line[n] = 0;
                code[n] = 0;
                rc = scan_line(scan, line, code, number, file, mark, err);
                code[n] = kept;
                if (last)
                        break;
                line += n + 1;
                code += n + 1;
        }
        return rc;
}

void scan_dispose(struct scan *scan)
{
        free(scan->copy);
        free(scan->code);
        scan->copy = scan->code = NULL;
}

bool scan_mentions_function(const struct scan *scan, const char *name)
{
        size_t n = strlen(name);
        const char *p = scan->code;

        for (; (p = strstr(p, name)); p++) {
                const char *after = p + n;

                if (p > scan->code &&
                    (isalnum((unsigned char)p[-1]) || p[-1] == '_'))
                        continue;
                after += strspn(after, " \t\r\n");
                if (*after == '(')
                        return true;
        }
        return false;
}
