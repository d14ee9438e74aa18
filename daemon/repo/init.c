/*
 * `kevo init`: the few files that make a folder a kernel repository. What is
 * there already belongs to people and is left as it is.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/file.h"
#include "core/text.h"
#include "repo/repository.h"

static const char policy_text[] =
        "{\n"
        "  \"kevo\": 1,\n"
        "  \"// branches\": \"watched; the first one receives proposals\",\n"
        "  \"branches\": [\"main\", \"master\"],\n"
        "  \"proposals\": {\"open\": 3}\n"
        "}\n";

static const char kernels_text[] =
        "# Kernels\n"
        "\n"
        "One folder a kernel:\n"
        "\n"
        "    softmax/softmax.kernel   what it computes\n"
        "    softmax/generic.c        your portable source, if you have one\n"
        "    softmax/<hardware>.c     written for one hardware\n"
        "\n"
        "`kevo check .` names what is wrong in any of them.\n";

static const char models_text[] =
        "# Models\n"
        "\n"
        "One file a model, `<model>.json`, with the calls that it makes:\n"
        "\n"
        "    {\"kevo\": 1, \"model\": \"my-model\",\n"
        "     \"source\": \"where the shapes come from\",\n"
        "     \"calls\": [{\"kernel\": \"softmax\",\n"
        "                \"sizes\": {\"M\": 2048, \"N\": [512, 1024]},\n"
        "                \"count\": [12, 4]}]}\n";

/* 1 when written, 0 when there was a file already. */
static int write_new(const char *folder, const char *name, const char *text,
                     struct error *err)
{
        char path[LIMIT_PATH_BYTES];
        int fd, rc;

        if (snprintf(path, sizeof path, "%s/%s", folder, name) >=
            (int)sizeof path)
                return error_set(err, ERR_LIMIT, "%s: path too long", folder);
        /* The exclusive open decides: a file that appears meanwhile, or a
         * link that leads nowhere, is not overwritten either. */
        fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (fd < 0 && errno == EEXIST)
                return 0;
        if (fd < 0)
                return error_set(err, errno == EACCES ? ERR_DENIED : ERR_IO,
                                 "%s: %s", path, strerror(errno));
        errno = ENOSPC; /* what a short write means */
        rc = write(fd, text, strlen(text)) == (ssize_t)strlen(text) &&
             fsync(fd) == 0;
        if (close(fd) < 0)
                rc = 0;
        if (rc)
                return 1;
        rc = file_fail(path, err);
        unlink(path);
        return rc;
}

static int make_folder(const char *folder, const char *name, struct error *err)
{
        char path[LIMIT_PATH_BYTES];

        if (snprintf(path, sizeof path, "%s/%s", folder, name) >=
            (int)sizeof path)
                return error_set(err, ERR_LIMIT, "%s: path too long", folder);
        return file_make_directories(path, 0777, err);
}

int repository_init(const char *folder, const char *hardware_name,
                    const char *hardware_json, struct error *err)
{
        char hardware[LIMIT_NAME_BYTES + 32] = "";
        const struct {
                const char *name, *text;
        } files[] = {{"kevo.json", policy_text},
                     {"kernels/README.md", kernels_text},
                     {"models/README.md", models_text},
                     {hardware, hardware_json}};
        int written = 0, rc = 0;

        if (!file_is_directory(folder))
                return error_set(err, ERR_NOT_FOUND,
                                 "%s: no such folder; run `git init` there "
                                 "first",
                                 folder);
        if (hardware_name && !text_is_hardware_name(hardware_name))
                return error_set(err, ERR_INPUT,
                                 "\"%s\" cannot name a hardware; use "
                                 "lower-case letters, digits and dashes",
                                 hardware_name);
        if (hardware_name)
                snprintf(hardware, sizeof hardware, "hardware/%s.json",
                         hardware_name);
        rc = make_folder(folder, "kernels", err);
        if (rc == 0)
                rc = make_folder(folder, "models", err);
        if (rc == 0)
                rc = make_folder(folder, "hardware", err);
        for (int i = 0; i < 4 && rc >= 0; i++) {
                if (!files[i].text || !*files[i].name)
                        continue;
                rc = write_new(folder, files[i].name, files[i].text, err);
                written += rc > 0;
        }
        return rc < 0 ? rc : written;
}
