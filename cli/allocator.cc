// How jemalloc handles the program's memory. By default it returns allocations above 8 MiB at once
// (oversize_threshold); tensors of one step are freed and allocated again in the next, and pages that go back to the
// kernel in between cost as much as the arithmetic. Pages that nothing needs go back within ten seconds
// (dirty_decay_ms): kept for ever they are not joined either, and a program that trains again and again grows with each
// training. Huge pages, because packed weights are read completely at every step of a search, and with small pages the
// translation of addresses takes a tenth of that time.
extern "C" {
extern const char* malloc_conf;
const char* malloc_conf = "oversize_threshold:0,dirty_decay_ms:10000,muzzy_decay_ms:0,thp:always";
}
