/* The public header of an exported library, its CMake package, and the
 * record of what is in it. */
#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "export/export_plan.h"
#include "repo/cpuid.h"

/* --- what code may use ------------------------------------------------ */

static int add_isa(const char *list[EXPORT_ISA], int n, const char *isa)
{
        for (int i = 0; i < n; i++) {
                if (text_equal(list[i], isa))
                        return n;
        }
        if (n == EXPORT_ISA - 1)
                return n;
        list[n++] = isa;
        list[n] = NULL;
        return n;
}

void export_isa(const struct hardware *hardware, const char *list[EXPORT_ISA])
{
        static const char *const with_avx2[] = {"f16c", "bmi2", NULL};
        static const char *const with_avx512f[] = {
                "avx512bw", "avx512cd", "avx512dq", "avx512vl", NULL};
        int n = 0;

        list[0] = NULL;
        for (int i = 0; hardware && i < hardware->isa_count; i++) {
                const char *const *more = NULL;

                n = add_isa(list, n, hardware->isa[i]);
                if (text_equal(hardware->isa[i], "avx2"))
                        more = with_avx2;
                else if (text_equal(hardware->isa[i], "avx512f"))
                        more = with_avx512f;
                for (; more && *more; more++)
                        n = add_isa(list, n, *more);
        }
}

/* Files that do not say it: on ARM the machine's name stands for a vendor. */
const char *export_arch(const struct hardware *hardware)
{
        bool arm;

        if (!hardware)
                return "";
        if (hardware->arch)
                return hardware->arch;
        arm = hardware->vendor && text_equal(hardware->vendor, "aarch64");
        for (int i = 0; i < hardware->isa_count; i++)
                arm = arm || !cpuid_find_feature(hardware->isa[i]);
        if (arm)
                return "aarch64";
        return hardware->isa_count || hardware->vendor ? "x86_64" : "";
}

void export_flags(const struct hardware *hardware, struct export_flags *flags)
{
        bool x86 = text_equal(export_arch(hardware), "x86_64");
        const char *isa[EXPORT_ISA];
        int n = 0;

        export_isa(hardware, isa);
        for (int i = 0; isa[i]; i++) {
                if (x86 && cpuid_find_feature(isa[i]))
                        snprintf(flags->text[n], sizeof flags->text[n],
                                 "-m%.20s",
                                 text_equal(isa[i], "avx-vnni") ? "avxvnni"
                                                                : isa[i]);
                else if (!x86 && text_equal(isa[i], "sve"))
                        snprintf(flags->text[n], sizeof flags->text[n],
                                 "-march=armv8-a+sve");
                else
                        continue;
                flags->flag[n] = flags->text[n];
                n++;
        }
        flags->flag[n] = NULL;
}

/* --- prototypes ------------------------------------------------------- */

const char *export_type(enum dtype dtype)
{
        switch (dtype) {
        case DTYPE_F64:
                return "double";
        case DTYPE_F32:
                return "float";
        case DTYPE_I64:
                return "int64_t";
        case DTYPE_I32:
                return "int32_t";
        case DTYPE_I16:
                return "int16_t";
        case DTYPE_I8:
                return "int8_t";
        case DTYPE_U32:
                return "uint32_t";
        case DTYPE_F16:
        case DTYPE_BF16:
                return "uint16_t";
        default:
                return "uint8_t";
        }
}

/* Those that the functions around them use; keywords of C and C++ no spec
 * has. */
static bool is_taken(const char *name, size_t length)
{
        static const char *const taken[] = {
                "host",    "int8_t",   "int16_t",  "int32_t", "int64_t",
                "uint8_t", "uint16_t", "uint32_t", "size_t",  NULL};

        for (int i = 0; taken[i]; i++) {
                if (strlen(taken[i]) == length &&
                    strncmp(taken[i], name, length) == 0)
                        return true;
        }
        return text_starts(name, "kevo_");
}

void export_name(const char *name, char out[LIMIT_NAME_BYTES * 2])
{
        size_t length = strlen(name);

        /* host_ becomes host__ where host becomes host_. */
        while (length && name[length - 1] == '_')
                length--;
        snprintf(out, LIMIT_NAME_BYTES * 2, "%.90s%s", name,
                 is_taken(name, length) ? "_" : "");
}

void export_sizes(const struct spec *spec, struct buf *out)
{
        char name[LIMIT_NAME_BYTES * 2];

        for (int i = 0; i < spec->size_count; i++) {
                export_name(spec->size[i]->name, name);
                buf_printf(out, ",\n        int64_t %s", name);
        }
}

void export_parameters(const struct spec *spec, struct buf *out)
{
        char name[LIMIT_NAME_BYTES * 2];

        export_sizes(spec, out);
        for (int i = 0; i < spec->param_count; i++) {
                enum dtype dtype = spec->param[i]->dtype;

                export_name(spec->param[i]->name, name);
                buf_printf(out, ",\n        %s %s",
                           dtype == DTYPE_F16 || dtype == DTYPE_BF16
                                   ? "float"
                                   : export_type(dtype),
                           name);
        }
        for (int i = 0; i < spec->tensor_count; i++) {
                const struct tensor *t = spec->tensor[i];

                if (t->role != TENSOR_IN && t->role != TENSOR_OUT)
                        continue;
                export_name(t->name, name);
                buf_printf(out, ",\n        %s%s *%s",
                           t->role == TENSOR_IN ? "const " : "",
                           export_type(t->dtype), name);
        }
}

/* A spec's text as a comment, which must not end early. */
static void put_spec(const struct spec *spec, struct buf *out)
{
        buf_puts(out, "/*\n * ");
        for (const char *c = spec->text; *c; c++) {
                if (c[0] == '*' && c[1] == '/') {
                        buf_puts(out, "* ");
                } else if (*c == '\n') {
                        if (c[1])
                                buf_puts(out, c[1] == '\n' ? "\n *" : "\n * ");
                } else {
                        buf_putc(out, *c);
                }
        }
        buf_puts(out, "\n */\n");
}

static const char host_text[] =
        "/*\n"
        " * Who runs tasks and gives memory; NULL, or any member that is\n"
        " * zero, means: OpenMP when the library was built with it, else the\n"
        " * calling thread; memory from the C library.\n"
        " *\n"
        " * parallel calls body(task, thread, data) once for every task from "
        "0\n"
        " * to tasks - 1, in any order, and returns when all are done; "
        "thread\n"
        " * is from 0 to threads - 1 and no two calls with the same thread "
        "run\n"
        " * at the same time. allocate gives memory aligned to 256 bytes, or\n"
        " * NULL.\n"
        " */\n"
        "struct @_host {\n"
        "        int threads;\n"
        "        void *pool;\n"
        "        void (*parallel)(void *pool, int64_t tasks,\n"
        "                         void (*body)(int64_t task, int thread,\n"
        "                                      void *data),\n"
        "                         void *data);\n"
        "        void *memory;\n"
        "        void *(*allocate)(void *memory, size_t bytes);\n"
        "        void (*release)(void *memory, void *pointer);\n"
        "};\n\n"
        "/* What functions return: 0, or why nothing was written. */\n"
        "enum {\n"
        "        $_NO_MEMORY = -1,\n"
        "        $_OUT_OF_DOMAIN = -2, /* a size that the kernel's spec\n"
        "                                 excludes */\n"
        "        $_MISALIGNED = -3     /* a tensor that is not at a multiple\n"
        "                                 of 256 bytes */\n"
        "};\n\n"
        "/*\n"
        " * Tensors are dense and row-major, in the order of the spec, and "
        "do\n"
        " * not overlap. 16-bit floats are passed as their bits. The "
        "functions\n"
        " * may be called from several threads at once. <kernel>_source says\n"
        " * which file serves a call of these sizes here, NULL when none "
        "does.\n"
        " */\n\n";

void export_put(const struct export_plan *plan, const char *text,
                struct buf *out)
{
        for (; *text; text++) {
                if (*text == '@')
                        buf_puts(out, plan->options->name);
                else if (text[0] == '$' && text[1] == '_')
                        buf_puts(out, plan->upper);
                else
                        buf_putc(out, *text);
        }
}

static bool is_first_of_kernel(const struct export_plan *plan, int i)
{
        return i == 0 ||
               plan->program[i].kernel != plan->program[i - 1].kernel;
}

void export_header(const struct export_plan *plan, struct buf *out)
{
        const char *name = plan->options->name;

        export_put(plan,
                   "/* Kernels exported by kevo; export.json says from what. "
                   "*/\n#ifndef $_H\n#define $_H\n\n#include <stddef.h>\n"
                   "#include <stdint.h>\n\n#ifdef __cplusplus\n"
                   "extern \"C\" {\n#endif\n\n",
                   out);
        export_put(plan, host_text, out);
        for (int i = 0; i < plan->count; i++) {
                const struct spec *spec = plan->program[i].kernel->spec;

                if (!is_first_of_kernel(plan, i))
                        continue;
                put_spec(spec, out);
                buf_printf(out, "int %s_%s(const struct %s_host *host", name,
                           spec->name, name);
                export_parameters(spec, out);
                buf_printf(out,
                           ");\nconst char *%s_%s_source(const struct %s_host "
                           "*host",
                           name, spec->name, name);
                export_sizes(spec, out);
                buf_puts(out, ");\n\n");
        }
        buf_puts(out, "#ifdef __cplusplus\n}\n#endif\n\n#endif\n");
}

/* --- CMake ------------------------------------------------------------ */

static const char cmake_head[] = EXPORT_MARK
        " Consumers: find_package(@), link @::@.\n"
        "cmake_minimum_required(VERSION 3.16)\n"
        "project(@ VERSION 1.0.0 LANGUAGES C)\n"
        "include(GNUInstallDirs)\n"
        "include(CMakePackageConfigHelpers)\n"
        "if(NOT CMAKE_BUILD_TYPE)\n"
        "  set(CMAKE_BUILD_TYPE Release)\n"
        "endif()\n"
        "option($_OPENMP \"Run tasks with OpenMP by default\" ON)\n"
        "if($_OPENMP)\n"
        "  find_package(OpenMP COMPONENTS C)\n"
        "endif()\n\n"
        "add_library(@ STATIC src/dispatch.c\n";

static const char cmake_tail[] =
        "add_library(@::@ ALIAS @)\n"
        "set_target_properties(@ PROPERTIES POSITION_INDEPENDENT_CODE ON\n"
        "  C_STANDARD 11 C_EXTENSIONS ON)\n"
        "target_include_directories(@ PUBLIC\n"
        "  $<BUILD_INTERFACE:${CMAKE_CURRENT_SOURCE_DIR}/include>\n"
        "  $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)\n"
        "target_compile_options(@ PRIVATE -O3 -fno-math-errno\n"
        "  -fvisibility=hidden -Wno-psabi)\n"
        "target_link_libraries(@ PUBLIC m)\n"
        "if(OpenMP_C_FOUND)\n"
        "  target_link_libraries(@ PRIVATE OpenMP::OpenMP_C)\n"
        "endif()\n\n"
        "install(TARGETS @ EXPORT @-targets\n"
        "  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})\n"
        "install(FILES include/@.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})\n"
        "install(FILES export.json DESTINATION\n"
        "  ${CMAKE_INSTALL_DATADIR}/@)\n"
        "install(EXPORT @-targets NAMESPACE @:: DESTINATION\n"
        "  ${CMAKE_INSTALL_LIBDIR}/cmake/@)\n"
        "configure_package_config_file(@-config.cmake.in @-config.cmake\n"
        "  INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/@)\n"
        "write_basic_package_version_file(@-config-version.cmake\n"
        "  COMPATIBILITY SameMajorVersion)\n"
        "install(FILES ${CMAKE_CURRENT_BINARY_DIR}/@-config.cmake\n"
        "  ${CMAKE_CURRENT_BINARY_DIR}/@-config-version.cmake\n"
        "  DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/@)\n";

void export_cmake(const struct export_plan *plan, struct buf *out)
{
        export_put(plan, cmake_head, out);
        for (int i = 0; i < plan->count; i++)
                buf_printf(out, "  src/%s.c\n", plan->program[i].symbol);
        buf_puts(out, ")\n");
        for (int i = 0; i < plan->count; i++) {
                const struct export_program *p = plan->program + i;
                struct export_flags flags;

                export_flags(p->hardware, &flags);
                if (!flags.flag[0])
                        continue;
                buf_printf(out,
                           "set_source_files_properties(src/%s.c PROPERTIES\n"
                           "  COMPILE_OPTIONS \"$<$<STREQUAL:"
                           "${CMAKE_SYSTEM_PROCESSOR},%s>:",
                           p->symbol, export_arch(p->hardware));
                for (int k = 0; flags.flag[k]; k++)
                        buf_printf(out, "%s%s", k ? ";" : "", flags.flag[k]);
                buf_puts(out, ">\")\n");
        }
        export_put(plan, cmake_tail, out);
}

/* FindOpenMP looks only for the languages that a project has; a consumer in
 * C++ links the same library through the other name. */
void export_config(const struct export_plan *plan, struct buf *out)
{
        const char *name = plan->options->name;

        buf_printf(out,
                   "@PACKAGE_INIT@\n"
                   "include(CMakeFindDependencyMacro)\n"
                   "if(\"@OpenMP_C_FOUND@\" AND CMAKE_C_COMPILER_LOADED)\n"
                   "  find_dependency(OpenMP COMPONENTS C)\n"
                   "elseif(\"@OpenMP_C_FOUND@\")\n"
                   "  find_dependency(OpenMP COMPONENTS CXX)\n"
                   "  if(NOT TARGET OpenMP::OpenMP_C)\n"
                   "    add_library(OpenMP::OpenMP_C INTERFACE IMPORTED)\n"
                   "    set_target_properties(OpenMP::OpenMP_C PROPERTIES\n"
                   "      INTERFACE_LINK_LIBRARIES OpenMP::OpenMP_CXX)\n"
                   "  endif()\n"
                   "endif()\n"
                   "include(\"${CMAKE_CURRENT_LIST_DIR}/%s-targets.cmake\")\n"
                   "check_required_components(%s)\n",
                   name, name);
}

/* --- the record ------------------------------------------------------- */

cJSON *export_record(const struct export_plan *plan)
{
        cJSON *json = cJSON_CreateObject(), *list, *one;

        cJSON_AddNumberToObject(json, "kevo", 1);
        cJSON_AddStringToObject(json, "exported_by", KEVO_VERSION);
        cJSON_AddStringToObject(json, "repository", plan->repository->label);
        cJSON_AddStringToObject(json, "commit",
                                plan->options->commit
                                        ? plan->options->commit
                                        : plan->repository->commit);
        list = cJSON_AddArrayToObject(json, "programs");
        for (int i = 0; i < plan->count; i++) {
                const struct export_program *p = plan->program + i;
                cJSON *fixed;

                one = cJSON_CreateObject();
                cJSON_AddStringToObject(one, "file", p->symbol);
                cJSON_AddStringToObject(one, "kernel", p->kernel->name);
                cJSON_AddStringToObject(one, "spec", p->kernel->spec->hash);
                cJSON_AddStringToObject(one, "hardware",
                                        p->hardware ? p->hardware->name : "");
                cJSON_AddStringToObject(one, "source", p->path);
                cJSON_AddStringToObject(one, "blob", p->blob);
                cJSON_AddStringToObject(one, "verdict", p->verdict);
                fixed = cJSON_AddObjectToObject(one, "fixed");
                for (int k = 0; k < p->source->fix_count; k++)
                        cJSON_AddNumberToObject(
                                fixed, p->source->fix[k]->name,
                                (double)p->binding
                                        .size[p->source->fix[k]->number]);
                cJSON_AddItemToArray(list, one);
        }
        return json;
}
