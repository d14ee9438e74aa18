/* See wrap.h. */
#include "cli/wrap.h"

#include <stdbool.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

int wrap_columns(int fd)
{
        struct winsize size;

        if (!isatty(fd))
                return 0;
        if (ioctl(fd, TIOCGWINSZ, &size) < 0 || size.ws_col < 20)
                return 80;
        return size.ws_col;
}

/* Characters of UTF-8, each a column. */
static int width(const char *text, size_t length)
{
        int n = 0;

        for (size_t i = 0; i < length; i++)
                n += ((unsigned char)text[i] & 0xc0) != 0x80;
        return n;
}

void wrap_add(struct buf *out, const char *text, int indent, int columns)
{
        int column = indent;
        bool first = true;

        buf_printf(out, "%*s", indent, "");
        for (text += strspn(text, " "); *text; text += strspn(text, " ")) {
                size_t length = strcspn(text, " ");
                int wide = width(text, length);

                if (!first && columns && column + 1 + wide > columns) {
                        column = indent + 2;
                        buf_printf(out, "\n%*s", column, "");
                } else if (!first) {
                        buf_putc(out, ' ');
                        column++;
                }
                buf_add(out, text, length);
                column += wide;
                text += length;
                first = false;
        }
        buf_putc(out, '\n');
}
