// How jemalloc treats the program's memory. Tensors of one step are freed and asked for again in the next: pages that
// go back to the kernel in between cost as much as the arithmetic. By default jemalloc returns allocations above 8 MiB
// at once (oversize_threshold) and others within ten seconds.
extern "C" {
extern const char* malloc_conf;
const char* malloc_conf = "oversize_threshold:0,dirty_decay_ms:-1,muzzy_decay_ms:-1";
}
