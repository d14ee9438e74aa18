/*
 * What an export consists of: shared by the files that write it. Not for
 * others: they see export.h.
 */
#ifndef KEVO_EXPORT_EXPORT_PLAN_H
#define KEVO_EXPORT_EXPORT_PLAN_H

#include <cjson/cJSON.h>

#include "core/buf.h"
#include "export/export.h"

enum { EXPORT_PROGRAMS = 4096, EXPORT_FILE_BYTES = 8 << 20 };

/* How the CMakeLists.txt of a library begins. */
#define EXPORT_MARK "# Made by kevo export."

/* One source compiled for one hardware and one set of fixed sizes. */
struct export_program {
        const struct kernel *kernel;
        const struct hardware *hardware; /* NULL: any processor */
        const struct source *source;     /* borrowed, or owned */
        struct source *owned;
        struct binding binding; /* has the fixed sizes */
        char symbol[128];       /* prefix of everything it defines */
        const char *path;       /* "kernels/softmax/generic.c" */
        const char *blob;       /* "" of a generated one */
        char verdict[160];      /* "accepted 1.53x (1.50 to 1.56)", "" */
};

struct export_plan {
        const struct repository *repository;
        const struct export_options *options;
        char upper[64]; /* the name in upper case */
        int count;      /* programs: kernel by kernel, in the order in which
                           they are asked */
        struct export_program *program;
};

/* The instruction sets that code for a hardware may use: those of its file
 * and what every processor with them has. Ends with NULL. */
enum { EXPORT_ISA = 48 };
void export_isa(const struct hardware *hardware, const char *list[EXPORT_ISA]);
/* "x86_64", "aarch64", or "" for any machine. */
const char *export_arch(const struct hardware *hardware);
/* The compiler's flags for code that uses them. flag ends with NULL. */
struct export_flags {
        char text[EXPORT_ISA][24];
        const char *flag[EXPORT_ISA];
};
void export_flags(const struct hardware *hardware, struct export_flags *flags);

/* The C type of an element in public prototypes: bits where C has no type. */
const char *export_type(enum dtype dtype);
/* A name of the spec, with a _ behind it where the function that takes it has
 * another use for it. Those that begin with kevo_ are the function's own. */
void export_name(const char *name, char out[LIMIT_NAME_BYTES * 2]);

/* Fixed text with the library's name for @ and, before a _, its upper case
 * for $. */
void export_put(const struct export_plan *plan, const char *text,
                struct buf *out);

/* Append a file's text. */
int export_source(const struct export_plan *plan,
                  const struct export_program *program, struct buf *out,
                  struct error *err) KEVO_MUST_CHECK;
void export_dispatch(const struct export_plan *plan, struct buf *out);
/* Its functions hardware_is and hardware_threads, by number of the file. */
void export_processors(const struct export_plan *plan, struct buf *out);
void export_header(const struct export_plan *plan, struct buf *out);
void export_cmake(const struct export_plan *plan, struct buf *out);
void export_config(const struct export_plan *plan, struct buf *out);
cJSON *export_record(const struct export_plan *plan);

/* Parameters of a kernel's function: sizes, parameters, tensors. */
void export_parameters(const struct spec *spec, struct buf *out);
/* Its sizes alone. */
void export_sizes(const struct spec *spec, struct buf *out);

#endif
