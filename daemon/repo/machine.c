/*
 * See machine.h. Everything here is read, nothing measured: two runs on an
 * idle and a busy machine must give the same answer, because the answer
 * becomes part of what a stored number depends on.
 */
#include "repo/machine.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "core/file.h"
#include "core/text.h"
#include "repo/cgroup.h"
#include "repo/cpuid.h"
#include "repo/microarch.h"

enum { PROCESSORS = 4096 /* as many as cpu_set_t is made for */ };

static const char system_cpu[] = "/sys/devices/system/cpu";

/* A small file under /sys/devices/system/cpu/cpuN; "" when missing. */
static void read_sys(int cpu, const char *name, char *text, size_t bytes)
{
        char path[256], *content;

        *text = 0;
        snprintf(path, sizeof path, "%s/cpu%d/%s", system_cpu, cpu, name);
        if (file_read(path, 4096, &content, NULL, NULL) < 0)
                return;
        snprintf(text, bytes, "%s", content);
        text[strcspn(text, "\n")] = 0;
        free(content);
}

/* "32K", "1M" in bytes. */
static int64_t parse_bytes(const char *text)
{
        char *end;
        int64_t n = strtoll(text, &end, 10);

        switch (*end) {
        case 'K':
                return n << 10;
        case 'M':
                return n << 20;
        case 'G':
                return n << 30;
        default:
                return n;
        }
}

/* The kernel's view of the caches; under a hypervisor it and CPUID may
 * disagree on the last level, and the larger one is the safer to exceed. */
static void read_sys_caches(struct machine *machine, int cpu)
{
        char name[64], type[32], level[16], size[32];

        for (int i = 0; i < 8; i++) {
                int64_t bytes;

                snprintf(name, sizeof name, "cache/index%d/type", i);
                read_sys(cpu, name, type, sizeof type);
                snprintf(name, sizeof name, "cache/index%d/level", i);
                read_sys(cpu, name, level, sizeof level);
                snprintf(name, sizeof name, "cache/index%d/size", i);
                read_sys(cpu, name, size, sizeof size);
                bytes = parse_bytes(size);
                if (!*type || text_equal(type, "Instruction") || bytes <= 0)
                        continue;
                if (text_equal(level, "1"))
                        machine->l1_bytes = bytes;
                else if (text_equal(level, "2"))
                        machine->l2_bytes = bytes;
                if (atoi(level) >= 2 && bytes > machine->llc_bytes)
                        machine->llc_bytes = bytes;
        }
        /* Nothing known: sizes that any processor of today has. */
        if (!machine->l1_bytes)
                machine->l1_bytes = 32 << 10;
        if (!machine->l2_bytes)
                machine->l2_bytes = 256 << 10;
        if (machine->llc_bytes < machine->l2_bytes)
                machine->llc_bytes = machine->l2_bytes;
}

static int compare_ints(const void *a, const void *b)
{
        long x = *(const long *)a, y = *(const long *)b;

        return (x > y) - (x < y);
}

/* Different (package, core) pairs among n processors; 0 when unknown. */
static int count_cores(const int *cpu, int n)
{
        long *core = calloc((size_t)n + 1, sizeof *core);
        char package[32], id[32];
        int count = 0;

        for (int i = 0; core && i < n; i++) {
                read_sys(cpu[i], "topology/physical_package_id", package,
                         sizeof package);
                read_sys(cpu[i], "topology/core_id", id, sizeof id);
                if (!*id) {
                        free(core);
                        return 0;
                }
                core[i] = strtol(package, NULL, 10) * 65536 +
                          strtol(id, NULL, 10);
        }
        if (core)
                qsort(core, (size_t)n, sizeof *core, compare_ints);
        for (int i = 0; core && i < n; i++)
                count += i == 0 || core[i] != core[i - 1];
        free(core);
        return count;
}

/* Processors that this process may run on; returns their number. */
static int read_affinity(int *cpu)
{
        cpu_set_t *set = CPU_ALLOC(PROCESSORS);
        size_t bytes = CPU_ALLOC_SIZE(PROCESSORS);
        int n = 0;

        if (set && sched_getaffinity(0, bytes, set) == 0)
                for (int i = 0; i < PROCESSORS; i++)
                        if (CPU_ISSET_S(i, bytes, set))
                                cpu[n++] = i;
        if (set)
                CPU_FREE(set);
        if (n == 0) {
                cpu[0] = 0;
                n = 1;
        }
        return n;
}

static void read_capacity(struct machine *machine)
{
        int cpu[PROCESSORS], n = read_affinity(cpu);
        struct cgroup_limits limits;

        cgroup_read_limits("/proc/self/cgroup", "/sys/fs/cgroup", &limits);
        machine->threads = n;
        /* A part of a processor would make threads wait for each other. */
        if (limits.cpus > 0 && limits.cpus < n)
                machine->threads = limits.cpus < 1 ? 1 : (int)limits.cpus;
        machine->cores = count_cores(cpu, n);
        if (machine->cores < 1 || machine->cores > machine->threads)
                machine->cores = machine->threads;
        machine->memory_bytes =
                (int64_t)sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGE_SIZE);
        if (limits.memory_bytes > 0 &&
            limits.memory_bytes < machine->memory_bytes)
                machine->memory_bytes = limits.memory_bytes;
        read_sys_caches(machine, cpu[0]);
}

static bool has_isa(const struct machine *machine, const char *isa)
{
        for (int i = 0; i < machine->isa_count; i++)
                if (text_equal(machine->isa[i], isa))
                        return true;
        return false;
}

void machine_probe(struct machine *machine)
{
        struct utsname name;

        memset(machine, 0, sizeof *machine);
        if (uname(&name) == 0)
                snprintf(machine->arch, sizeof machine->arch, "%.15s",
                         name.machine);
        cpuid_read(machine);
        machine->vector_bytes = has_isa(machine, "avx512f") ? 64
                                : has_isa(machine, "avx")   ? 32
                                                            : 16;
        machine->fma = has_isa(machine, "fma");
        read_capacity(machine);
}

void machine_hardware_name(const struct machine *machine, char *name)
{
        const char *line = microarch_line(machine);
        const char *microarch = microarch_name(machine);
        char vendor[16];

        microarch_vendor(machine, vendor);
        if (!microarch)
                snprintf(name, LIMIT_NAME_BYTES + 1, "%s-f%dm%d", vendor,
                         machine->family, machine->model);
        else
                snprintf(name, LIMIT_NAME_BYTES + 1, "%s%s%s-%s", vendor,
                         line ? "-" : "", line ? line : "", microarch);
}

void machine_new_hardware_name(const struct machine *machine,
                               const struct repository *repository, char *name)
{
        char base[LIMIT_NAME_BYTES + 1];

        machine_hardware_name(machine, base);
        snprintf(name, LIMIT_NAME_BYTES + 1, "%s", base);
        for (int i = 1; repository_find_hardware(repository, name); i++) {
                if (i == 1)
                        snprintf(name, LIMIT_NAME_BYTES + 1, "%.32s-%dt", base,
                                 machine->threads);
                else
                        snprintf(name, LIMIT_NAME_BYTES + 1, "%.24s-%dt-%d",
                                 base, machine->threads, i);
        }
}

char *machine_hardware_json(const struct machine *machine, const char *name)
{
        struct buf out;
        char *text;
        int n = 0;

        buf_init(&out, 4096);
        buf_printf(&out,
                   "{\n  \"kevo\": 1,\n  \"hardware\": \"%s\",\n"
                   "  \"kind\": \"cpu\",\n  \"match\": {\n"
                   "    \"arch\": \"%s\",\n    \"vendor\": \"%s\",\n"
                   "    \"family\": %d,\n    \"model\": %d,\n"
                   "    \"isa\": [",
                   name, machine->arch, machine->vendor, machine->family,
                   machine->model);
        for (int i = 0; i < machine->isa_count; i++)
                if (cpuid_is_notable(machine->isa[i]))
                        buf_printf(&out, "%s\"%s\"", n++ ? ", " : "",
                                   machine->isa[i]);
        buf_printf(&out, "],\n    \"threads\": %d\n  }\n}\n",
                   machine->threads);
        text = buf_take(&out);
        buf_dispose(&out);
        return text;
}

static bool number_fits(int64_t wanted, int64_t actual)
{
        return wanted < 0 || wanted == actual;
}

bool machine_matches(const struct machine *machine,
                     const struct hardware *hardware)
{
        if (!text_equal(hardware->kind, "cpu") || hardware->mig)
                return false;
        if (hardware->vendor && !text_equal(hardware->vendor, machine->vendor))
                return false;
        if (hardware->arch && !text_equal(hardware->arch, machine->arch))
                return false;
        if (hardware->model_name &&
            !text_glob(hardware->model_name, machine->model_name))
                return false;
        for (int i = 0; i < hardware->isa_count; i++)
                if (!has_isa(machine, hardware->isa[i]))
                        return false;
        return number_fits(hardware->cpu_family, machine->family) &&
               number_fits(hardware->cpu_model, machine->model) &&
               number_fits(hardware->threads, machine->threads) &&
               number_fits(hardware->cores, machine->cores);
}

static int no_hardware(const struct machine *machine,
                       const struct repository *repository, struct error *err)
{
        char name[LIMIT_NAME_BYTES + 1];

        machine_new_hardware_name(machine, repository, name);
        return error_set(err, ERR_NOT_FOUND,
                         "no hardware file of %s matches this machine (%s, "
                         "family %d, model %d, %d thread%s); run `kevo "
                         "hardware add`, which writes hardware/%s.json",
                         repository->label, machine->model_name,
                         machine->family, machine->model, machine->threads,
                         machine->threads == 1 ? "" : "s", name);
}

int machine_find_hardware(const struct machine *machine,
                          const struct repository *repository,
                          const struct hardware **hardware, struct error *err)
{
        *hardware = NULL;
        for (int i = 0; i < repository->hardware_count; i++) {
                const struct hardware *candidate = &repository->hardware[i];

                if (!machine_matches(machine, candidate))
                        continue;
                if (*hardware) {
                        error_set(err, ERR_INPUT,
                                  "hardware/%s.json and hardware/%s.json both "
                                  "match this machine; make one of them "
                                  "stricter (model, isa, threads) or remove "
                                  "it",
                                  (*hardware)->name, candidate->name);
                        *hardware = NULL;
                        return ERR_INPUT;
                }
                *hardware = candidate;
        }
        return *hardware ? 0 : no_hardware(machine, repository, err);
}
