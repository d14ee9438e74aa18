/*
 * See place.h. statfs tells the kind by a magic number; everything mounted
 * through FUSE has the same one, so there the type in mountinfo decides:
 * known local ones pass, all others (sshfs, s3fs, rclone, ...) do not.
 */
#include "store/place.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

#include "core/file.h"
#include "core/limits.h"
#include "core/text.h"

enum { FUSE_MAGIC = 0x65735546, MOUNTINFO_BYTES = 4 << 20 };

/* From linux/magic.h and the file systems' own sources; cluster file systems
 * that share a disk belong here too. */
static const struct {
        uint64_t magic;
        const char *name;
} networks[] = {
        {0x6969, "NFS"},       {0x517b, "SMB"},
        {0xff534d42, "CIFS"},  {0xfe534d42, "SMB"},
        {0x5346414f, "AFS"},   {0x6b414653, "AFS"},
        {0x73757245, "Coda"},  {0x564c, "NCP"},
        {0x00c36400, "Ceph"},  {0x0bd00bd0, "Lustre"},
        {0x47504653, "GPFS"},  {0x19830326, "BeeGFS"},
        {0x7461636f, "OCFS2"}, {0x01161970, "GFS2"},
        {0xaad7aaea, "PanFS"}, {0x01021997, "9P"},
        {0x013111a8, "IBRIX"}, {0x20030528, "OrangeFS"},
};

/* FUSE types whose data is on this host. */
static const char *const local_fuse[] = {
        "fuseblk",           "fuse.fuse-overlayfs", "fuse.bindfs",
        "fuse.ntfs-3g",      "fuse.ext4",           "fuse.lxcfs",
        "fuse.gocryptfs",    "fuse.encfs",          "fuse.mergerfs",
        "fuse.unionfs-fuse",
};

const char *place_network_name(uint64_t magic, const char *type)
{
        for (size_t i = 0; i < sizeof networks / sizeof networks[0]; i++)
                if (networks[i].magic == magic)
                        return networks[i].name;
        if (magic != FUSE_MAGIC)
                return NULL;
        for (size_t i = 0; i < sizeof local_fuse / sizeof local_fuse[0]; i++)
                if (text_equal(type, local_fuse[i]))
                        return NULL;
        return text_starts(type, "fuse.") ? type + 5 : "FUSE";
}

/* A line is "id parent major:minor root point options [tags] - type source
 * options"; tags vary in number, so the dash is looked for. */
void place_find_type(const char *mountinfo, unsigned major, unsigned minor,
                     char *type, int size)
{
        const char *line = mountinfo, *mark;
        unsigned have_major, have_minor;

        type[0] = 0;
        while (line && *line) {
                const char *end = strchr(line, '\n');
                int length = end ? (int)(end - line) : (int)strlen(line);

                mark = memmem(line, (size_t)length, " - ", 3);
                if (mark &&
                    sscanf(line, "%*d %*d %u:%u", &have_major, &have_minor) ==
                            2 &&
                    have_major == major && have_minor == minor) {
                        snprintf(type, (size_t)size, "%.*s",
                                 (int)strcspn(mark + 3, " \n"), mark + 3);
                        return;
                }
                line = end ? end + 1 : NULL;
        }
}

/* Cut path back to what exists; false when nothing of it does. */
static bool find_existing(char *path, struct statfs *system)
{
        char *slash;

        while (statfs(path, system) != 0) {
                slash = strrchr(path, '/');
                if (errno != ENOENT || !slash)
                        return false;
                /* Keep the root's own slash. */
                if (slash == path && !slash[1])
                        return false;
                slash[slash == path] = 0;
        }
        return true;
}

/* Type of the mount that an existing path is on, "" when unknown. */
static void ask_type(const char *path, char *type, int size)
{
        char *mountinfo = NULL;
        struct stat info;

        type[0] = 0;
        if (stat(path, &info) == 0 &&
            file_read("/proc/self/mountinfo", MOUNTINFO_BYTES, &mountinfo,
                      NULL, NULL) == 0)
                place_find_type(mountinfo, major(info.st_dev),
                                minor(info.st_dev), type, size);
        free(mountinfo);
}

int place_check(const char *path, struct error *err)
{
        char found[LIMIT_PATH_BYTES], type[64] = "";
        const char *name;
        struct statfs system;

        snprintf(found, sizeof found, "%s%s", *path == '/' ? "" : "./", path);
        /* What cannot be asked is left to SQLite, which will say why. */
        if (!find_existing(found, &system))
                return 0;
        if ((uint64_t)system.f_type == FUSE_MAGIC)
                ask_type(found, type, sizeof type);
        /* f_type is signed on some systems: compare its 32 bits. */
        name = place_network_name((uint32_t)system.f_type, type);
        if (!name)
                return 0;
        return error_set(err, ERR_UNSUPPORTED,
                         "%s is on a network file system (%s), where SQLite "
                         "can lose data; set \"store\" in kevo's host file "
                         "to a path on a local disk",
                         path, name);
}
