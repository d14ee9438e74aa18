/*
 * The device printer: header lines, the helpers in use, one kernel a stage.
 * As in C nothing is printed that is not used, and names come from the spec.
 */
#include "backends/simt/print.h"

#include <stdio.h>

#include "backends/c/print_expr.h"
#include "backends/simt/print_inner.h"
#include "core/text.h"

void simt_fail(struct simt *s, const char *what)
{
        if (!s->line.prelude.failure.code)
                error_set(&s->line.prelude.failure, ERR_UNSUPPORTED,
                          "%s code has no %s", s->dialect->language, what);
}

const char *simt_helper(struct simt *s, const char *name)
{
        const struct dialect_helper *helper = s->dialect->helper;

        for (int i = 0; i < s->helper_count; i++)
                if (text_equal(s->helper[i], name))
                        return name;
        while (helper->name && !text_equal(helper->name, name))
                helper++;
        if (!helper->name || s->helper_count == SIMT_HELPERS) {
                simt_fail(s, name);
                return name;
        }
        s->helper[s->helper_count++] = helper->name;
        buf_puts(&s->line.prelude.text, helper->text);
        buf_putc(&s->line.prelude.text, '\n');
        return name;
}

const char *simt_type(struct simt *s, enum dtype dtype, bool memory)
{
        if (dtype == DTYPE_F64)
                s->f64 = true;
        if (dtype == DTYPE_BOOL && !memory)
                return "bool";
        return s->dialect->type[dtype];
}

/* --- statements --- */

static void put_block(struct simt *s, const struct thread_block *block);

/* A variable that nothing reads is neither declared nor assigned. */
static bool is_idle(const struct thread_statement *t)
{
        return (t->kind == THREAD_DECLARE || t->kind == THREAD_ASSIGN) &&
               !t->variable->used;
}

static void end_line(struct simt *s, const char *text)
{
        buf_puts(&s->line.line, text);
        print_line(&s->line);
}

static void put_body(struct simt *s, const struct thread_block *block)
{
        end_line(s, " {");
        s->line.indent++;
        put_block(s, block);
        s->line.indent--;
}

static void put_for(struct simt *s, const struct thread_statement *t)
{
        struct buf *line = &s->line.line;
        const char *name = t->variable->name;

        if (t->loop == THREAD_UNROLLED && t->unroll > 0) {
                buf_printf(line, s->dialect->unroll, t->unroll);
                print_line(&s->line);
        }
        buf_printf(line, "for (%s %s = ", simt_type(s, DTYPE_I64, false),
                   name);
        simt_expr(s, t->low);
        buf_printf(line, "; %s < ", name);
        simt_operand(s, t->high);
        if (t->step == 1)
                buf_printf(line, "; %s++)", name);
        else
                buf_printf(line, "; %s += %lld)", name, (long long)t->step);
        put_body(s, &t->body);
        end_line(s, "}");
}

static void put_if(struct simt *s, const struct thread_statement *t)
{
        buf_puts(&s->line.line, "if (");
        simt_expr(s, t->value);
        buf_putc(&s->line.line, ')');
        put_body(s, &t->body);
        if (t->otherwise.first) {
                buf_puts(&s->line.line, "} else");
                put_body(s, &t->otherwise);
        }
        end_line(s, "}");
}

static void put_array(struct simt *s, const struct thread_array *array)
{
        if (array->type.lanes > 1)
                simt_fail(s, "lanes");
        buf_printf(&s->line.line, "%s%s %s[%lld];",
                   array->space == THREAD_SHARED ? s->dialect->shared : "",
                   simt_type(s, array->type.dtype, true), array->name,
                   (long long)array->elements->value.integer);
        print_line(&s->line);
}

static void put_statement(struct simt *s, const struct thread_statement *t)
{
        struct buf *line = &s->line.line;

        switch (t->kind) {
        case THREAD_DECLARE:
                buf_printf(line,
                           "%s%s %s = ", t->variable->assigned ? "" : "const ",
                           simt_type(s, t->variable->type.dtype, false),
                           t->variable->name);
                simt_expr(s, t->value);
                end_line(s, ";");
                break;
        case THREAD_ASSIGN:
                buf_printf(line, "%s = ", t->variable->name);
                simt_expr(s, t->value);
                end_line(s, ";");
                break;
        case THREAD_STORE:
                if (t->active || t->value->type.lanes > 1)
                        simt_fail(s, "lanes");
                simt_element(s, t->array, t->offset);
                buf_puts(line, " = ");
                simt_expr(s, t->value);
                end_line(s, ";");
                break;
        case THREAD_FOR:
                put_for(s, t);
                break;
        case THREAD_IF:
                put_if(s, t);
                break;
        case THREAD_COMMENT:
                print_comment(&s->line, t->text);
                break;
        case THREAD_ARRAY:
                put_array(s, t->array);
                break;
        case THREAD_BARRIER:
                end_line(s, s->dialect->barrier);
                break;
        case THREAD_TURN:     /* of lanes, which values do not have here */
        case THREAD_PREFETCH: /* the hardware has enough work-items */
                break;
        }
}

static bool is_declaration(const struct thread_statement *t)
{
        return t->kind == THREAD_DECLARE || t->kind == THREAD_ARRAY;
}

static void put_block(struct simt *s, const struct thread_block *block)
{
        for (const struct thread_statement *t = block->first; t; t = t->next) {
                const struct thread_statement *next = t->next;

                if (is_idle(t))
                        continue;
                while (next && is_idle(next))
                        next = next->next;
                put_statement(s, t);
                if (is_declaration(t) && next && !is_declaration(next))
                        buf_putc(&s->line.body, '\n');
        }
}

/* --- stages --- */

/* Behind the name of a buffer of each task, for those of all tasks. */
static const char of_tasks[] = "_of_tasks";

static bool is_single(const struct thread_stage *stage)
{
        return !stage->group && stage->tasks->op == THREAD_INTEGER &&
               stage->tasks->value.integer == 1;
}

static int items_of(const struct thread_stage *stage)
{
        return stage->group ? stage->group : is_single(stage) ? 1 : SIMT_GROUP;
}

static void put_arguments(struct simt *s, const struct thread_stage *stage)
{
        const struct spec *spec = s->program->spec;
        struct buf *line = &s->line.line;
        const char *comma = "";

        buf_printf(line, s->dialect->kernel, items_of(stage));
        print_line(&s->line);
        buf_printf(line, "void %s(", print_name(stage->name).text);
        for (int i = 0; i < stage->array_count; i++) {
                const struct thread_array *array = stage->array[i];

                buf_printf(
                        line, "%s%s%s%s *%s %s%s", comma, s->dialect->global,
                        stage->stores[i] ? "" : "const ",
                        simt_type(s, array->type.dtype, true),
                        s->dialect->restricted, print_name(array->name).text,
                        array->space == THREAD_LOCAL ? of_tasks : "");
                comma = ", ";
        }
        for (int i = 0; i < spec->size_count; i++) {
                if (s->program->fixed[i] >= 0)
                        continue;
                buf_printf(line, "%s%s %s", comma,
                           simt_type(s, DTYPE_I64, false),
                           print_name(spec->size[i]->name).text);
                comma = ", ";
        }
        for (int i = 0; i < spec->param_count; i++) {
                buf_printf(line, "%s%s %s", comma,
                           simt_type(s, spec->param[i]->dtype, true),
                           print_name(spec->param[i]->name).text);
                comma = ", ";
        }
        end_line(s, ")");
}

/* Which task, and which item of it, this is. */
static void put_place(struct simt *s, const struct thread_stage *stage)
{
        const char *type = simt_type(s, DTYPE_I64, false);
        struct buf *line = &s->line.line;

        if (stage->group) {
                buf_printf(line, "const %s task = %s;", type,
                           s->dialect->group);
                print_line(&s->line);
                buf_printf(line, "const %s %s = %s;", type, stage->item->name,
                           s->dialect->item);
                print_line(&s->line);
        } else if (is_single(stage)) {
                buf_printf(line, "const %s task = 0;", type);
                print_line(&s->line);
        } else {
                buf_printf(line, "const %s task = (%s)%s * %d + %s;", type,
                           type, s->dialect->group, SIMT_GROUP,
                           s->dialect->item);
                print_line(&s->line);
                buf_putc(&s->line.body, '\n');
                buf_puts(line, "if (task >= ");
                simt_operand(s, stage->tasks);
                end_line(s, ")");
                s->line.indent++;
                end_line(s, "return;");
                s->line.indent--;
        }
}

/* A buffer of a task is its part of a scratch buffer with room for all. */
static void put_locals(struct simt *s, const struct thread_stage *stage)
{
        struct buf *line = &s->line.line;

        for (int i = 0; i < stage->array_count; i++) {
                const struct thread_array *array = stage->array[i];

                if (array->space != THREAD_LOCAL)
                        continue;
                if (array->type.lanes > 1)
                        simt_fail(s, "lanes");
                buf_printf(line, "%s%s *%s = %s%s + task * (",
                           s->dialect->global,
                           simt_type(s, array->type.dtype, true),
                           print_name(array->name).text,
                           print_name(array->name).text, of_tasks);
                simt_expr(s, array->elements);
                end_line(s, ");");
        }
}

static void put_stage(struct simt *s, const struct thread_stage *stage)
{
        buf_putc(&s->line.body, '\n');
        if (stage->comment)
                print_comment(&s->line, stage->comment);
        put_arguments(s, stage);
        buf_puts(&s->line.body, "{\n");
        s->line.indent = 1;
        put_place(s, stage);
        put_locals(s, stage);
        put_block(s, &stage->block);
        s->line.indent = 0;
        buf_puts(&s->line.body, "}\n");
}

/* --- the header --- */

static void put_stage_line(struct simt *s, struct buf *out,
                           const struct thread_stage *stage)
{
        bool groups = stage->group || is_single(stage);

        buf_printf(out, "// kevo: stage %s grid %s",
                   print_name(stage->name).text, groups ? "" : "ceil(");
        print_header_expr(&s->line.prelude, stage->tasks, out);
        if (!groups)
                buf_printf(out, ", %d)", SIMT_GROUP);
        buf_printf(out, " block %d args", items_of(stage));
        for (int i = 0; i < stage->array_count; i++) {
                if (stage->array[i]->space == THREAD_LOCAL)
                        buf_printf(out, " %s_%s", stage->name,
                                   stage->array[i]->name);
                else
                        buf_printf(out, " %s", stage->array[i]->name);
        }
        buf_putc(out, '\n');
}

/* Scratch for the buffers of all tasks. */
static void put_local_lines(struct simt *s, struct buf *out,
                            const struct thread_stage *stage)
{
        for (int i = 0; i < stage->array_count; i++) {
                const struct thread_array *array = stage->array[i];

                if (array->space != THREAD_LOCAL)
                        continue;
                buf_printf(out, "// kevo: scratch %s_%s %s[(", stage->name,
                           array->name, dtype_name(array->type.dtype));
                print_header_expr(&s->line.prelude, array->elements, out);
                buf_puts(out, ")*(");
                print_header_expr(&s->line.prelude, stage->tasks, out);
                buf_puts(out, ")]\n");
        }
}

static void put_header(struct simt *s, struct buf *out)
{
        const struct thread_program *program = s->program;

        print_header_lines(&s->line.prelude, program, out);
        for (int i = 0; i < program->stage_count; i++)
                put_local_lines(s, out, program->stage[i]);
        for (int i = 0; i < program->stage_count; i++)
                put_stage_line(s, out, program->stage[i]);
}

static void put_all(struct simt *s, const char *origin, struct buf *out)
{
        const struct thread_program *program = s->program;

        for (int i = 0; i < program->stage_count; i++)
                put_stage(s, program->stage[i]);
        put_header(s, out);
        print_top_comment(program, origin, out);
        if (s->f64)
                buf_puts(out, s->dialect->f64_line);
        if (s->line.prelude.text.length) {
                buf_putc(out, '\n');
                buf_add(out, s->line.prelude.text.data,
                        s->line.prelude.text.length);
                /* Each helper ends with a blank line. */
                buf_add(out, s->line.body.data + 1, s->line.body.length - 1);
        } else {
                buf_add(out, s->line.body.data, s->line.body.length);
        }
}

int simt_print(const struct dialect *dialect,
               const struct thread_program *program, const char *origin,
               struct buf *out, struct error *err)
{
        struct simt s = {.dialect = dialect,
                         .program = program,
                         .line = {.program = program}};
        int rc;

        prelude_init(&s.line.prelude, program->nonfinite);
        buf_init(&s.line.body, LIMIT_SOURCE_BYTES);
        buf_init(&s.line.line, LIMIT_SOURCE_BYTES);
        put_all(&s, origin, out);
        rc = buf_check(&s.line.body, "the printed source", err);
        if (!rc)
                rc = buf_check(&s.line.line, "a line of the source", err);
        if (!rc)
                rc = prelude_check(&s.line.prelude, err);
        buf_dispose(&s.line.line);
        buf_dispose(&s.line.body);
        prelude_dispose(&s.line.prelude);
        return rc ? rc : buf_check(out, "the source", err);
}
