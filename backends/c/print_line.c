/*
 * Wrapping of code and prose. Code breaks behind commas where it can, prose
 * at any space; continuation lines are indented once more.
 */
#include "backends/c/print_line.h"

#include <string.h>

/* Deep nests are indented less, so that lines keep some room. */
static int columns_of(int depth)
{
        return depth <= 4 ? depth * INDENT : 4 * INDENT + (depth - 4) * 2;
}

static void put_indent(struct printer *p, int columns)
{
        for (int i = 0; i < columns; i++)
                buf_putc(&p->body, ' ');
}

/* The last space before the room ends, else the first one behind it; 0: no
 * space at all. */
static size_t space_at(const char *text, size_t room)
{
        size_t space = 0, length = strlen(text);

        for (size_t i = 1; i < length && (i <= room || space == 0); i++)
                if (text[i] == ' ')
                        space = i;
        return space;
}

/* Where to break code: after the last comma in the second half of the room,
 * else where prose would break. */
static size_t break_at(const char *text, size_t room)
{
        size_t comma = 0;

        for (size_t i = 1; text[i - 1] && text[i] && i <= room; i++)
                if (text[i] == ' ' &&
                    (text[i - 1] == ',' || text[i - 1] == ';'))
                        comma = i;
        return comma > room / 2 ? comma : space_at(text, room);
}

/* Write p->line at the present indent, wrapped, and clear it. */
void print_line(struct printer *p)
{
        const char *text = p->line.data;
        int indent = columns_of(p->indent);

        for (;;) {
                size_t room = (size_t)(COLUMNS - indent);
                size_t at = strlen(text) > room ? break_at(text, room) : 0;

                put_indent(p, indent);
                if (at == 0)
                        break;
                buf_add(&p->body, text, at);
                buf_putc(&p->body, '\n');
                if (text == p->line.data)
                        indent += indent < 4 * INDENT ? INDENT : INDENT / 2;
                text += at + 1;
        }
        buf_printf(&p->body, "%s\n", text);
        buf_clear(&p->line);
}

/* A slash behind an asterisk must not end the comment. */
static void put_prose(struct printer *p, const char *text, size_t length)
{
        for (size_t i = 0; i < length; i++) {
                buf_putc(&p->body, text[i]);
                if (text[i] == '*' && i + 1 < length && text[i + 1] == '/')
                        buf_putc(&p->body, ' ');
        }
}

void print_comment(struct printer *p, const char *text)
{
        int indent = columns_of(p->indent);
        size_t room = (size_t)(COLUMNS - indent - 6);

        put_indent(p, indent);
        if (strlen(text) <= room) {
                buf_puts(&p->body, "/* ");
                put_prose(p, text, strlen(text));
                buf_puts(&p->body, " */\n");
                return;
        }
        buf_puts(&p->body, "/*");
        while (*text) {
                size_t length = strlen(text);
                size_t at = length > room ? space_at(text, room) : length;

                if (at == 0)
                        at = length;
                buf_putc(&p->body, '\n');
                put_indent(p, indent);
                buf_puts(&p->body, " * ");
                put_prose(p, text, at);
                text += at;
                while (*text == ' ')
                        text++;
        }
        buf_putc(&p->body, '\n');
        put_indent(p, indent);
        buf_puts(&p->body, " */\n");
}

/* One paragraph about the source, wrapped into the top comment. */
static void put_paragraph(struct buf *out, const char *text)
{
        size_t room = COLUMNS - 4;

        while (*text) {
                size_t length = strlen(text);
                size_t at = length > room ? space_at(text, room) : length;

                if (at == 0)
                        at = length;
                buf_printf(out, " * %.*s\n", (int)at, text);
                text += at;
                while (*text == ' ')
                        text++;
        }
}

void print_top_comment(const struct thread_program *program,
                       const char *origin, struct buf *out)
{
        buf_puts(out, "\n/*\n");
        if (program->comment)
                put_paragraph(out, program->comment);
        if (origin && *origin) {
                if (program->comment)
                        buf_puts(out, " *\n");
                put_paragraph(out, origin);
        }
        buf_puts(out, " */\n");
}
