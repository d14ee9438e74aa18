/* Workloads: every size bound inside its domain, names told apart. */
#include <string.h>

#include "core/buf.h"
#include "spec/canon_printer.h"
#include "spec/check.h"

struct bound {
        bool size[LIMIT_SIZES], param[LIMIT_SIZES], data;
};

/* The domain is that of the declaration. */
static int bind_size(struct check *check, const struct syntax_setting *s,
                     const struct size *size, struct workload *w)
{
        int64_t value;
        int rc = check_constant_integer(check, s->value, "a size", &value);

        if (rc)
                return rc;
        if (value < size->low || value > size->high)
                return check_error(check, s->value->line, s->value->column,
                                   "%s=%lld is outside its domain %lld..=%lld",
                                   s->name, (long long)value,
                                   (long long)size->low,
                                   (long long)size->high);
        if (value % size->step)
                return check_error(check, s->value->line, s->value->column,
                                   "%s=%lld is no multiple of its step %lld",
                                   s->name, (long long)value,
                                   (long long)size->step);
        w->size[size->number] = value;
        return 0;
}

static int refuse_value(struct check *check, const struct syntax_setting *s,
                        const struct param *param, double value)
{
        struct buf text;
        int rc;

        buf_init(&text, 1 << 10);
        binding_put_outside(&text, param, value);
        rc = check_error(check, s->value->line, s->value->column, "%s",
                         text.failed ? param->name : text.data);
        buf_dispose(&text);
        return rc;
}

/* Rounded to its type first: that is the value the kernel gets. */
static int bind_param(struct check *check, const struct syntax_setting *s,
                      const struct param *param, struct workload *w)
{
        struct number number;
        int rc = check_constant(check, s->value, "a parameter", &number);
        double value;

        if (rc)
                return rc;
        value = dtype_round(param->dtype, number.real);
        if (!dtype_is_float(param->dtype) && value != number.real)
                return check_error(check, s->value->line, s->value->column,
                                   "'%s' is %s, and this is not", s->name,
                                   dtype_name(param->dtype));
        if (value < param->low || value > param->high)
                return refuse_value(check, s, param, value);
        w->param[param->number] = value;
        return 0;
}

static int bind_twice(struct check *check, const struct syntax_setting *s,
                      bool *done)
{
        if (*done)
                return check_error(check, s->line, s->column,
                                   "'%s' is bound twice", s->name);
        *done = true;
        return 0;
}

static int bind_data(struct check *check, const struct syntax_setting *s,
                     struct workload *w)
{
        if (strcmp(s->word, "uniform") && strcmp(s->word, "zipf"))
                return check_error(check, s->line, s->column,
                                   "data is uniform or zipf, not '%s'",
                                   s->word);
        w->data = strcmp(s->word, "zipf") ? "uniform" : "zipf";
        return 0;
}

/* Where no name is near, those that there are: "; the sizes are M, N". */
static const char *list_sizes(struct check *check)
{
        const struct spec *spec = check->spec;
        const char *text = NULL;
        struct buf list;

        buf_init(&list, 1 << 12);
        buf_puts(&list, spec->size_count ? "; the sizes are " : "");
        for (int i = 0; i < spec->size_count; i++)
                buf_printf(&list, "%s%s", i ? ", " : "", spec->size[i]->name);
        if (!list.failed)
                text = arena_strndup(check->scratch, list.data, list.length);
        buf_dispose(&list);
        return text ? text : "";
}

/* data is a word of its own, not a name. */
static int bind_setting(struct check *check, const struct syntax_setting *s,
                        struct workload *w, struct bound *bound)
{
        const struct named *named = check_find(check, s->name);
        const char *near;
        int rc;

        if (s->word) {
                rc = bind_twice(check, s, &bound->data);
                return rc ? rc : bind_data(check, s, w);
        }
        if (named && named->what == NAMED_SIZE) {
                rc = bind_twice(check, s, &bound->size[named->size->number]);
                return rc ? rc : bind_size(check, s, named->size, w);
        }
        if (named && named->what == NAMED_PARAM) {
                rc = bind_twice(check, s, &bound->param[named->param->number]);
                return rc ? rc : bind_param(check, s, named->param, w);
        }
        near = check_suggest(check, s->name,
                             1 << NAMED_SIZE | 1 << NAMED_PARAM);
        return check_error(check, s->line, s->column,
                           "'%s' is no size or parameter%s; a workload binds "
                           "sizes, parameters and data%s",
                           s->name, near, *near ? "" : list_sizes(check));
}

/* Sizes that fit one by one may still make a tensor too large. */
static int check_workload(struct check *check,
                          const struct syntax_workload *syntax,
                          struct workload *w)
{
        const struct spec *spec = check->spec;
        const struct syntax_setting *s = syntax->setting;
        struct binding binding;
        struct bound bound = {{false}};
        struct error err = {0};
        int rc = 0;

        w->data = "uniform";
        for (int i = 0; i < spec->param_count; i++)
                w->param[i] = spec->param[i]->value;
        for (; !rc && s; s = s->next)
                rc = bind_setting(check, s, w, &bound);
        for (int i = 0; !rc && i < spec->size_count; i++)
                if (!bound.size[i])
                        rc = check_error(check, w->line, w->column,
                                         "workload '%s' binds no value for "
                                         "the size '%s'; add %s=...",
                                         w->name, spec->size[i]->name,
                                         spec->size[i]->name);
        if (rc)
                return rc;
        binding_from_workload(&binding, spec, w);
        if (binding_check(&binding, spec, &err))
                return check_error(check, w->line, w->column,
                                   "workload '%s': %s", w->name, err.text);
        return 0;
}

/* Last of all, when every tensor is known. */
int check_workloads(struct check *check)
{
        const struct syntax_workload *s = check->file->workload;
        struct spec *spec = check->spec;
        int rc = 0;

        spec->workload = arena_alloc(
                check->arena, ((size_t)check->file->workload_count + 1) *
                                      sizeof(*spec->workload));
        if (!spec->workload)
                return check_memory(check);
        for (; !rc && s; s = s->next) {
                struct workload *w = arena_alloc(check->arena, sizeof(*w));
                const struct workload *other =
                        spec_find_workload(spec, s->name);

                if (other)
                        return check_error(check, s->line, s->column,
                                           "there is already a workload '%s' "
                                           "at %d:%d",
                                           s->name, other->line,
                                           other->column);
                if (!w)
                        return check_memory(check);
                w->name = arena_strdup(check->arena, s->name);
                if (!w->name)
                        return check_memory(check);
                w->line = s->line;
                w->column = s->column;
                rc = check_workload(check, s, w);
                spec->workload[spec->workload_count++] = w;
        }
        return rc;
}
