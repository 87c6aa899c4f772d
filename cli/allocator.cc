// How jemalloc handles the program's memory. Tensors of one step are freed and allocated again in the next: pages that
// go back to the kernel in between cost as much as the arithmetic. By default jemalloc returns allocations above 8 MiB
// at once (oversize_threshold) and others within ten seconds. Huge pages, because packed weights are read completely at
// every step of a search, and with small pages the translation of addresses takes a tenth of that time.
extern "C" {
extern const char* malloc_conf;
const char* malloc_conf = "oversize_threshold:0,dirty_decay_ms:-1,muzzy_decay_ms:-1,thp:always";
}
