/* See oracle_layout.h. */
#include "spec/oracle_layout.h"

#include <stdlib.h>
#include <string.h>

enum { BLOCK = 32 /* elements a side of a transposed block */ };

void oracle_layout_box(struct oracle_view *view, int rank, const int64_t *low,
                       const int64_t *high, int unit)
{
        int64_t stride = 1;

        memcpy(view->lo, low, sizeof view->lo);
        memcpy(view->hi, high, sizeof view->hi);
        if (rank > 0) {
                view->stride[unit] = 1;
                stride = high[unit] - low[unit];
        }
        for (int d = rank - 1; d >= 0; d--) {
                if (d == unit)
                        continue;
                view->stride[d] = stride;
                stride *= high[d] - low[d];
        }
        view->base = 0;
        for (int d = 0; d < rank; d++)
                view->base += low[d] * view->stride[d];
}

/* One plane of a copy: dimension `unit` of the source becomes contiguous,
 * the last one its rows. from and to point at the plane's first element. */
struct plane {
        int64_t rows, columns;       /* of the last and of unit */
        int64_t from_column, to_row; /* strides; the others are 1 */
        size_t bytes;                /* of an element */
};

static void copy_block(const struct plane *p, char *to, const char *from,
                       int64_t row, int64_t column)
{
        int64_t last_row = row + BLOCK < p->rows ? row + BLOCK : p->rows;
        int64_t last =
                column + BLOCK < p->columns ? column + BLOCK : p->columns;
        int64_t a, b;

        for (int64_t i = row; i < last_row; i++)
                for (int64_t j = column; j < last; j++) {
                        a = i * p->to_row + j;
                        b = j * p->from_column + i;
                        if (p->bytes == 2)
                                ((uint16_t *)to)[a] =
                                        ((const uint16_t *)from)[b];
                        else if (p->bytes == 4)
                                ((uint32_t *)to)[a] =
                                        ((const uint32_t *)from)[b];
                        else
                                memcpy(to + a * (int64_t)p->bytes,
                                       from + b * (int64_t)p->bytes, p->bytes);
                }
}

static void copy_plane(const struct plane *p, char *to, const char *from)
{
        for (int64_t i = 0; i < p->rows; i += BLOCK)
                for (int64_t j = 0; j < p->columns; j += BLOCK)
                        copy_block(p, to, from, i, j);
}

/* All planes: the dimensions other than unit and the last count through. */
static void copy_box(struct oracle_view *view, const struct tensor *tensor,
                     int unit, const void *data)
{
        int last = tensor->rank - 1, d;
        int64_t at[LIMIT_RANK], stride[LIMIT_RANK], from, to;
        size_t bytes = dtype_bytes(tensor->dtype);
        struct plane p = {.rows = view->hi[last] - view->lo[last],
                          .columns = view->hi[unit] - view->lo[unit],
                          .to_row = view->stride[last],
                          .bytes = bytes};

        stride[last] = 1;
        for (d = last - 1; d >= 0; d--)
                stride[d] = stride[d + 1] * view->extent[d + 1];
        p.from_column = stride[unit];
        memcpy(at, view->lo, sizeof at);
        for (;;) {
                from = 0;
                to = -view->base;
                for (d = 0; d <= last; d++) {
                        from += at[d] * stride[d];
                        to += at[d] * view->stride[d];
                }
                copy_plane(&p, (char *)view->copy + to * (int64_t)bytes,
                           (const char *)data + from * (int64_t)bytes);
                for (d = last - 1; d >= 0; d--) {
                        if (d == unit)
                                continue;
                        if (++at[d] < view->hi[d])
                                break;
                        at[d] = view->lo[d];
                }
                if (d < 0)
                        return;
        }
}

int oracle_layout_input(struct oracle_view *view, const struct tensor *tensor,
                        const struct oracle_need *need, int unit,
                        const void *data, struct error *err)
{
        int64_t zeros[LIMIT_RANK] = {0}, elements = 1;

        if (unit == tensor->rank - 1) {
                view->data = data;
                oracle_layout_box(view, tensor->rank, zeros, view->extent,
                                  unit);
                return 0;
        }
        if (!need->needed)
                return 0;
        oracle_layout_box(view, tensor->rank, need->low, need->high, unit);
        for (int d = 0; d < tensor->rank; d++)
                elements *= need->high[d] - need->low[d];
        view->copy = malloc((size_t)elements * dtype_bytes(tensor->dtype));
        if (!view->copy)
                return error_memory(err);
        copy_box(view, tensor, unit, data);
        view->data = view->copy;
        return 0;
}
