/* See around.h. */
#include "cli/around.h"

#include "repo/git.h"

int around_open(const char *folder, git_repository **git, struct error *err)
{
        git_buf found = {0};
        int rc = git_start(err);

        *git = NULL;
        if (rc < 0)
                return rc;
        rc = git_repository_discover(&found, folder, 0, NULL);
        if (rc < 0)
                rc = error_set(err, ERR_NOT_FOUND,
                               "%s: not inside a git repository", folder);
        else
                rc = git_open(found.ptr, git, err);
        git_buf_dispose(&found);
        return rc;
}
