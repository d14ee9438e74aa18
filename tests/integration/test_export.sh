#!/usr/bin/env bash
# A repository becomes a C library, and a CMake project that knows only
# find_package and the header gets right results from it.
. "$(dirname "$0")/lib.sh"

mkdir -p "$box/mine/kernels/softmax" "$box/mine/kernels/scale"
cd "$box/mine"
git init -q .
host_file
kevo init >/dev/null
hardware=$(basename hardware/*.json .json)
cat >kernels/softmax/softmax.kernel <<'END'
kernel softmax {
    size M, N in 1..=4096
    in   x: f32[M, N]
    out  y: f32[M, N]
    m[i]    = max[j] x[i, j]
    s[i]    = sum[j] exp(x[i, j] - m[i])
    y[i, j] = exp(x[i, j] - m[i]) / s[i]
    workload w M=33 N=48
    workload v M=33 N=64
}
END
cp "$SOURCE_DIR/kernels/softmax/generic.c" kernels/softmax/
# For this hardware: fixed sizes, zeroed scratch, two stages, as many locals as
# there may be, and a helper that is not static in two files.
cat >"kernels/softmax/$hardware.wide.c" <<'END'
// kevo: kernel softmax
// kevo: when M >= 2 && 4*N <= M*N
// kevo: fix N
// kevo: tune launch = 4
// kevo: scratch high f32[M] zero
// kevo: stage highest tasks M args x high
// kevo: stage rows tasks ceil(M, launch) LOCALS args x high y NAMES
#include <math.h>
#include <stdint.h>

float helper(float x)
{
        return expf(x);
}

void highest(int64_t task, const float *x, float *high, int64_t M)
{
        (void)M;
        if (high[task] != 0)
                return; /* not zeroed: wrong results follow */
        high[task] = x[task * N];
        for (int64_t j = 1; j < N; j++)
                high[task] = fmaxf(high[task], x[task * N + j]);
}

void rows(int64_t task, const float *x, const float *high, float *y,
          PARAMETERS int64_t M)
{
        for (int64_t i = task * launch; i < M && i / launch == task; i++) {
                float sum = 0;

                for (int64_t j = 0; j < N; j++)
                        sum += b0[j] = b15[j] = helper(x[i * N + j] - high[i]);
                for (int64_t j = 0; j < N; j++)
                        y[i * N + j] = (b0[j] + b15[j]) / (2 * sum);
        }
}
END
sed -i "s|LOCALS|$(printf 'local b%d f32[N] ' {0..15})|
        s|NAMES|$(printf 'b%d ' {0..15})|
        s|PARAMETERS|$(printf 'float *b%d, ' {0..15})|" \
        "kernels/softmax/$hardware.wide.c"
# The same processor with other threads and with any number of them, which
# have no source of their own.
sed "s/\"$hardware\"/\"a-first\"/; s/\"threads\": [0-9]*/\"threads\": 999/" \
        "hardware/$hardware.json" >hardware/a-first.json
tr -d '\n' <"hardware/$hardware.json" |
        sed "s/\"$hardware\"/\"a-any\"/; s/, *\"threads\": [0-9]*//" \
        >hardware/a-any.json
! grep -q threads hardware/a-any.json || fail "a-any names threads"
# Parameters and another dtype; only generated code. Names that the host side
# could use too, and one that it does.
cat >kernels/scale/scale.kernel <<'END'
kernel scale {
    size  threads in 2..=1000 step 2
    param launch: f32 in -4..=4 = 2
    in    run: i32[threads]
    out   program: f32[threads], host: i64
    program[i] = run[i] * launch
    host       = sum[i] (run[i] > 0 ? 1 : 0)
}
END
git add . && git commit -q -m "Kernels to export"

expect 0 kevo export --c "$box/lib" --name team
says "2 kernels"
grep -q '"kernel":.*"softmax"' "$box/lib/export.json" ||
        fail "export.json does not name what it holds"
# Tiny tasks come by the hundred thousand: threads take them by chunks.
grep -q "schedule(dynamic, chunk)" "$box/lib/src/dispatch.c" ||
        fail "threads of the library take tasks one by one"
commit() { grep -qP "\"commit\":\s*\"$1\"" "$box/lib/export.json"; }
commit "$(git rev-parse HEAD)" || fail "export.json does not name the commit"
expect 2 kevo export --c "$box/lib" --name 'Not-a-name'
expect 2 kevo export --c "$box/lib" --name test
says "C identifier"
expect 2 kevo export --c "$box/lib" softmx
says "softmax"
expect 2 kevo export
says "--c DIR is missing"
expect 2 kevo export --c ""
says "name the folder"
# Functions of two kernels with one name; one kernel that is named twice.
mkdir kernels/scale_source
sed 's/kernel scale/kernel scale_source/' kernels/scale/scale.kernel \
        >kernels/scale_source/scale_source.kernel
expect 2 kevo export --c "$box/two"
says "kernels scale and scale_source"
rm -r kernels/scale_source
expect 0 kevo export --c "$box/two" scale softmax scale
says "2 kernels"
# A file with a problem is missed where its kernel is meant.
echo "// kevo: stagger" >kernels/scale/generic.c
expect 0 kevo export --c "$box/two" scale
says "files with problems are left out"
expect 0 kevo export --c "$box/two" softmax
case $out in *problems*) fail "of another kernel: $out" ;; esac
rm kernels/scale/generic.c
# A folder of one's own is not written to; that of an export is, again.
for file in CMakeLists.txt include/team.h; do
        mkdir -p "$box/own/include"
        echo mine >"$box/own/$file"
        expect 2 kevo export --c "$box/own" --name team scale
        says "$file exists"
        [ "$(find "$box/own" -type f -exec cat {} +)" = mine ] ||
                fail "an export changed a folder that is not its own"
        rm -r "$box/own"
done
echo "// one more line" >>kernels/softmax/generic.c
expect 0 kevo export --c "$box/lib" --name team
commit "$(git rev-parse HEAD)-dirty" || fail "uncommitted, and not said"

mkdir "$box/user"
cat >"$box/user/CMakeLists.txt" <<'END'
cmake_minimum_required(VERSION 3.16)
project(user LANGUAGES C)
find_package(Threads REQUIRED)
find_package(team REQUIRED)
add_executable(user main.c)
target_compile_options(user PRIVATE -Wall -Wextra -Werror)
target_link_libraries(user PRIVATE team::team Threads::Threads)
END
cat >"$box/user/main.c" <<'END'
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <team.h>

#define CHECK(what) \
        do { if (!(what)) { printf("line %d: %s\n", __LINE__, #what); \
                            exit(1); } } while (0)

/* A caller's pool: two threads that take tasks in turn. */
struct share {
        int64_t tasks;
        int thread;
        void (*body)(int64_t, int, void *);
        void *data;
};

static int used;

static void *work(void *data)
{
        struct share *s = data;

        for (int64_t t = s->thread; t < s->tasks; t += 2)
                s->body(t, s->thread, s->data);
        return NULL;
}

static void parallel(void *pool, int64_t tasks,
                     void (*body)(int64_t, int, void *), void *data)
{
        struct share share[2];
        pthread_t other;

        *(int *)pool += 1;
        for (int i = 0; i < 2; i++)
                share[i] = (struct share){tasks, i, body, data};
        pthread_create(&other, NULL, work, &share[1]);
        work(&share[0]);
        pthread_join(other, NULL);
}

static int taken, given;

static void *take(void *memory, size_t bytes)
{
        void *at = aligned_alloc(256, (bytes + 255) / 256 * 256);

        (void)memory;
        taken++;
        memset(at, 0x7f, bytes); /* nothing is zero by luck */
        return at;
}

static void give(void *memory, void *pointer)
{
        (void)memory;
        given++;
        free(pointer);
}

static void *room(size_t bytes)
{
        return aligned_alloc(256, (bytes + 255) / 256 * 256);
}

static void softmax(const struct team_host *host, int64_t M, int64_t N)
{
        size_t bytes = (size_t)(M * N) * sizeof(float);
        float *x = room(bytes), *y = room(bytes);

        for (int64_t i = 0; i < M * N; i++)
                x[i] = (float)(i * 7919 % 1000) / 100 - 5;
        CHECK(team_softmax(host, M, N, x, y) == 0);
        for (int64_t i = 0; i < M; i++) {
                double high = x[i * N], sum = 0;

                for (int64_t j = 1; j < N; j++)
                        high = fmax(high, x[i * N + j]);
                for (int64_t j = 0; j < N; j++)
                        sum += exp(x[i * N + j] - high);
                for (int64_t j = 0; j < N; j++)
                        CHECK(fabs(y[i * N + j] -
                                   exp(x[i * N + j] - high) / sum) < 1e-6);
        }
        free(x);
        free(y);
}

static void scale(const struct team_host *host)
{
        int32_t *x = room(400);
        float *y = room(400);
        int64_t *count = room(8);

        for (int i = 0; i < 100; i++)
                x[i] = i - 50;
        CHECK(team_scale(host, 100, -1.5f, x, y, count) == 0);
        for (int i = 0; i < 100; i++)
                CHECK(y[i] == (float)(i - 50) * -1.5f);
        CHECK(*count == 49);
        CHECK(team_scale(host, 0, 1, x, y, count) == TEAM_OUT_OF_DOMAIN);
        CHECK(team_scale(host, 3, 1, x, y, count) == TEAM_OUT_OF_DOMAIN);
        CHECK(team_scale(host, 100, 1, x, y + 1, count) == TEAM_MISALIGNED);
        free(x);
        free(y);
        free(count);
}

int main(void)
{
        struct team_host mine = {.threads = 2, .pool = &used,
                                 .parallel = parallel, .allocate = take,
                                 .release = give};
        const struct team_host *hosts[] = {NULL, &mine};

        for (int i = 0; i < 2; i++) {
                softmax(hosts[i], 33, 48); /* fixed, hardware */
                softmax(hosts[i], 64, 64);
                softmax(hosts[i], 2, 48); /* when is false */
                softmax(hosts[i], 7, 31); /* not fixed */
                scale(hosts[i]);
        }
        CHECK(used > 0 && taken > 0 && taken == given);
        printf("%s\n%s\n%s\n", team_softmax_source(NULL, 33, 48),
               team_softmax_source(NULL, 2, 48),
               team_scale_source(NULL, 100));
        mine.threads = 7; /* a number that no hardware file names */
        CHECK(strcmp(team_softmax_source(&mine, 33, 48),
                     team_softmax_source(NULL, 33, 48)) == 0);
        CHECK(team_softmax_source(NULL, 5000, 1) == NULL);
        return 0;
}
END

# A consumer whose project knows no C, where there is a compiler for it.
gxx=$(command -v g++ || true)
mkdir "$box/other"
sed 's/LANGUAGES C)/LANGUAGES CXX)/; s/main\.c/main.cpp/' \
        "$box/user/CMakeLists.txt" >"$box/other/CMakeLists.txt"
cat >"$box/other/main.cpp" <<'END'
#include <team.h>

int main()
{
        alignas(256) static float x[64 * 64], y[64 * 64];

        return team_softmax(nullptr, 64, 64, x, y) || y[5] != 1.f / 64;
}
END

# build ARGUMENTS...: library, installation, consumers
build() {
        rm -rf "$box/lib/b" "$box/prefix" "$box/user/b" "$box/other/b"
        export CMAKE_GENERATOR=Ninja # what building kevo needs is enough
        { cmake -S "$box/lib" -B "$box/lib/b" "$@" \
                -DCMAKE_INSTALL_PREFIX="$box/prefix" &&
                cmake --build "$box/lib/b" &&
                cmake --install "$box/lib/b" &&
                cmake -S "$box/user" -B "$box/user/b" \
                        -DCMAKE_PREFIX_PATH="$box/prefix" &&
                cmake --build "$box/user/b" &&
                { [ -z "$gxx" ] ||
                        { CXX=$gxx cmake -S "$box/other" -B "$box/other/b" \
                                -DCMAKE_PREFIX_PATH="$box/prefix" &&
                                cmake --build "$box/other/b"; }; }
        } >"$box/log" 2>&1 ||
                fail "the library or its consumer does not build:
$(tail -n 30 "$box/log")"
}

for openmp in ON OFF; do
        build -DTEAM_OPENMP=$openmp
        [ -z "$gxx" ] || expect 0 "$box/other/b/user"
        expect 0 "$box/user/b/user"
        says "kernels/softmax/$hardware.wide.c"
        says "kernels/softmax/generic.c"
        says "generated code"
done
echo "exported, built, found, called: right with OpenMP, serial, own threads"
