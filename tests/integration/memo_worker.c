/*
 * A worker that remembers: it stands between kevo and a real `kevo worker`
 * and keeps every answer in a folder under the hash of its question. What was
 * asked before is answered at once, and the same: a main job takes seconds,
 * also on a machine that is too busy to measure, and a test can run hundreds.
 *
 *     KEVO_WORKER="exec memo_worker FOLDER KEVO" kevo daemon --once
 *
 * A search's question (stage 2) takes a second also from memory, so that a
 * search of one second asks one question, whether it is remembered or not.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

enum { HEAD = 9, LONGEST = 64 << 20 };

struct message {
        char *data; /* with its head */
        size_t length;
};

static void die(const char *what)
{
        fprintf(stderr, "memo_worker: %s: %s\n", what, strerror(errno));
        exit(1);
}

static void read_all(int fd, char *data, size_t length)
{
        while (length) {
                ssize_t n = read(fd, data, length);

                if (n == 0)
                        exit(0);
                if (n < 0)
                        die("read");
                data += n;
                length -= (size_t)n;
        }
}

static void write_all(int fd, const struct message *m)
{
        size_t done = 0;

        while (done < m->length) {
                ssize_t n = write(fd, m->data + done, m->length - done);

                if (n <= 0)
                        die("write");
                done += (size_t)n;
        }
}

static struct message receive(int fd)
{
        struct message m;
        char head[HEAD + 1] = "";

        read_all(fd, head, HEAD);
        m.length = HEAD + strtoul(head, NULL, 16);
        m.data = m.length < LONGEST ? malloc(m.length + 1) : NULL;
        if (!m.data)
                die("message");
        memcpy(m.data, head, HEAD);
        read_all(fd, m.data + HEAD, m.length - HEAD);
        m.data[m.length] = 0;
        return m;
}

static void path_of(char path[4096], const char *folder,
                    const struct message *question)
{
        uint64_t hash = 14695981039346656037u;

        for (size_t i = 0; i < question->length; i++)
                hash = (hash ^ (unsigned char)question->data[i]) *
                       1099511628211u;
        snprintf(path, 4096, "%s/%016llx", folder, (unsigned long long)hash);
}

static int recall(const char *path, struct message *answer)
{
        FILE *file = fopen(path, "re");

        if (!file)
                return 0;
        answer->data = malloc(LONGEST);
        if (!answer->data)
                die("memory");
        answer->length = fread(answer->data, 1, LONGEST, file);
        fclose(file);
        return 1;
}

static void keep(const char *path, const struct message *answer)
{
        char fresh[4200];
        FILE *file;

        snprintf(fresh, sizeof fresh, "%s.%ld", path, (long)getpid());
        file = fopen(fresh, "we");
        if (!file ||
            fwrite(answer->data, 1, answer->length, file) != answer->length ||
            fclose(file) || rename(fresh, path))
                die(path);
}

static int to_real = -1, from_real;

/* Started at the first question that is new; its hello is the first answer. */
static struct message start_real(const char *kevo)
{
        pid_t self = getpid();
        int in[2], out[2];

        if (pipe(in) || pipe(out))
                die("pipe");
        if (fork() == 0) {
                prctl(PR_SET_PDEATHSIG, SIGKILL);
                if (getppid() != self)
                        _exit(1);
                dup2(in[0], 0);
                dup2(out[1], 1);
                close(in[1]);
                close(out[0]);
                execl(kevo, "kevo", "worker", (char *)NULL);
                _exit(127);
        }
        close(in[0]);
        close(out[1]);
        to_real = in[1];
        from_real = out[0];
        return receive(from_real);
}

/* What it says in between is passed on, and not kept. */
static struct message ask(const char *kevo, const struct message *question)
{
        struct message answer;

        if (to_real < 0)
                free(start_real(kevo).data);
        write_all(to_real, question);
        for (;;) {
                answer = receive(from_real);
                if (!strstr(answer.data, "\"is\":\"progress\""))
                        return answer;
                write_all(1, &answer);
                free(answer.data);
        }
}

int main(int argc, char **argv)
{
        static const struct timespec while_searching = {1, 100000000};
        struct message hello = {(char *)"hello", 5}, answer, question;
        char path[4096];

        if (argc != 3)
                die("usage: memo_worker FOLDER KEVO");
        path_of(path, argv[1], &hello);
        if (!recall(path, &answer)) {
                answer = start_real(argv[2]);
                keep(path, &answer);
        }
        write_all(1, &answer);
        for (;;) {
                free(answer.data);
                question = receive(0);
                path_of(path, argv[1], &question);
                if (strstr(question.data, "\"stage\":2"))
                        nanosleep(&while_searching, NULL);
                if (!recall(path, &answer)) {
                        answer = ask(argv[2], &question);
                        if (!strstr(answer.data, "\"is\":\"error\""))
                                keep(path, &answer);
                }
                write_all(1, &answer);
                free(question.data);
        }
}
