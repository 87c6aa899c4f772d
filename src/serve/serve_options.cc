#include "serve/serve_options.h"

#include "p5/error.h"

namespace p5 {

void ServeOptions::bind(OptionTable& options) {
  const OptionBinder table(options, OptionScope::kMachine);
  table.add("serve.host", &host, {.help = "address to listen on; 0.0.0.0 for all of this machine", .flag = "host"});
  table.add("serve.port", &port,
            {.help = "port to listen on; 0 = any free one", .flag = "port", .minimum = 0, .maximum = 65535});
  table.add("serve.io_threads", &io_threads,
            {.help = "threads that read requests and write answers", .minimum = 1, .maximum = 64});
  table.add("serve.workers", &workers,
            {.help = "threads that answer, each with a replica of the model; 0 = one per core",
             .flag = "workers",
             .minimum = 0,
             .maximum = 1024});
  table.add("serve.max_batch", &max_batch,
            {.help = "most requests that are answered together", .minimum = 1, .maximum = 10000});
  table.add("serve.max_delay_ms", &max_delay_ms,
            {.help = "milliseconds that a request waits for others to be answered with; 0 = none",
             .minimum = 0,
             .maximum = 1000});
  table.add("serve.max_queue", &max_queue,
            {.help = "most requests that wait; further ones are refused with 429", .minimum = 1, .maximum = 1000000});
  table.add(
      "serve.deadline_ms", &deadline_ms,
      {.help = "milliseconds after which a waiting request is refused with 504", .minimum = 1, .maximum = 3600000});
  table.add("serve.max_body", &max_body,
            {.help = "most bytes of a request's body", .minimum = 1024, .maximum = 1 << 30});
  table.add("serve.max_connections", &max_connections,
            {.help = "most open connections", .minimum = 1, .maximum = 1000000});
  table.add("serve.max_connections_per_client", &max_connections_per_client,
            {.help = "most open connections of one address; 0 = no limit", .minimum = 0, .maximum = 1000000});
  table.add("serve.max_k", &max_k, {.help = "longest list that may be asked for", .minimum = 1, .maximum = 10000});
  table.add("serve.max_history", &max_history,
            {.help = "most items of a history in a request", .minimum = 1, .maximum = 100000});
  table.add("serve.max_requests", &max_requests,
            {.help = "most requests of one batch, and most events of one feedback", .minimum = 1, .maximum = 100000});
  table.add("serve.read_timeout_s", &read_timeout_s,
            {.help = "seconds that a client may take to send a whole request", .minimum = 1, .maximum = 3600});
  table.add("serve.idle_timeout_s", &idle_timeout_s,
            {.help = "seconds without a byte after which a connection is closed", .minimum = 1, .maximum = 3600});
  table.add("serve.drain_s", &drain_s,
            {.help = "seconds for requests in flight after SIGTERM", .minimum = 0, .maximum = 3600});
  table.add(
      "serve.keys", &keys,
      {.help =
           "file of API keys, one per line; empty: the environment variable P5_SERVE_KEYS, else no key is asked for"});
  table.add("serve.certificate", &certificate, {.help = "PEM file of the TLS certificate; empty: plain HTTP"});
  table.add("serve.private_key", &private_key, {.help = "PEM file of the certificate's private key"});
  table.add(
      "serve.feedback", &feedback,
      {.help = "where feedback is kept: sqlite:FILE or postgresql://USER:PASSWORD@HOST/DATABASE; empty: feedback is "
               "refused",
       .flag = "feedback"});
  table.add("serve.access_log", &access_log, {.help = "one line of JSON per request: stderr, off or a file"});
  table.add("serve.answer_log", &answer_log,
            {.help = "one line of JSON per list that is answered, with items and propensities, for p5 ope: stderr, off "
                     "or a file"});
  table.add("serve.live_window", &live_window,
            {.help = "live figures, with feedback: newest lists, and newest events, that they are of",
             .minimum = 1,
             .maximum = 10000000});
  table.add("serve.live_delay_s", &live_delay_s,
            {.help = "live figures: seconds that users have to act on a list before it counts",
             .minimum = 0,
             .maximum = 86400});
  table.add(
      "serve.live_least", &live_least,
      {.help = "live figures: lists or events below which a figure says nothing", .minimum = 1, .maximum = 10000000});
  table.add("serve.bandits", &bandits,
            {.help = "folder of what the policies linucb, thompson and neural have learnt, made where it is missing; "
                     "empty: they are refused. It needs feedback",
             .flag = "bandits"});
  table.add("serve.bandits_save_s", &bandits_save_s,
            {.help = "seconds between two times that they are saved", .minimum = 0.1, .maximum = 3600});
  table.add("serve.rewards", &rewards,
            {.help = "what events are worth to them: \"click=1\", \"rating=value\"; empty = 1 for each event that is a "
                     "sign of interest"});
  table.add("serve.alarms", &alarms,
            {.help = "file of rules about the live figures, [[alarm]] tables in TOML (docs/online.md); empty: none"});
}

void ServeOptions::check() const {
  if (!alarms.empty() && feedback.empty()) {
    throw usage_error("alarms are about what feedback says", {.where = "serve.alarms", .expected = "serve.feedback"});
  }
  if (!bandits.empty() && feedback.empty()) {
    throw usage_error("policies learn from feedback", {.where = "serve.bandits", .expected = "serve.feedback"});
  }
  if (certificate.empty() != private_key.empty()) {
    throw usage_error("a certificate needs its key",
                      {.where = "serve.certificate and serve.private_key",
                       .expected = "both or none",
                       .got = certificate.empty() ? "only the key" : "only the certificate"});
  }
}

}  // namespace p5
