// P5_CPU_CLONES before a loop's function builds it also for AVX-512 and AVX2 and picks at load time, so that portable
// builds use what the machine has. Left out under the sanitizers, whose runtime is not ready when the pick is made.
#pragma once

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__) && \
    !defined(__SANITIZE_THREAD__)
#define P5_CPU_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define P5_CPU_CLONES
#endif
