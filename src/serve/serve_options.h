// How a daemon serves: the rows serve.* of the options.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/option_table.h"

namespace p5 {

struct ServeOptions {
  std::string host = "127.0.0.1";
  std::int64_t port = 8080;          // 0: any free one
  std::int64_t io_threads = 2;       // threads that read and write; none of them runs a model
  std::int64_t workers = 0;          // threads that answer, each with a replica of the model; 0: one per core
  std::int64_t max_batch = 64;       // requests that are answered together
  double max_delay_ms = 0;           // how long the first request of a batch waits for others
  std::int64_t max_queue = 1024;     // requests that wait; more get 429
  std::int64_t deadline_ms = 10000;  // from the arrival of a request until its work begins; later ones get 504
  std::int64_t max_body = 8 << 20;   // bytes
  std::int64_t max_connections = 1024;
  std::int64_t max_connections_per_client = 0;  // 0: as many as there are
  std::int64_t max_k = 1000;
  std::int64_t max_history = 1000;   // items of a history in a request
  std::int64_t max_requests = 1000;  // requests in one recommend:batch, events in one feedback
  std::int64_t read_timeout_s = 20;
  std::int64_t idle_timeout_s = 60;
  std::int64_t drain_s = 20;  // time for requests in flight after SIGTERM
  std::string keys = {};      // file of API keys, one per line; empty: P5_SERVE_KEYS, else none are asked for
  std::string certificate = {}, private_key = {};  // PEM files; both or none
  std::string feedback = {};                       // URL of the store; empty: none
  std::string access_log = "stderr";               // "stderr", "off" or a file
  std::string answer_log = "off";                  // likewise: lists that were answered, for p5 ope
  std::int64_t live_window = 20000;                // newest lists, and newest events, of the live figures
  double live_delay_s = 60;                        // after which a list counts for them
  std::int64_t live_least = 100;                   // lists or events below which a figure says nothing
  std::string bandits = {};                        // folder of what policies that learn know; empty: they are refused
  double bandits_save_s = 5;                       // between two times that it is saved
  std::vector<std::string> rewards = {};           // as ope.rewards: what feedback is worth to them
  std::string alarms = {};                         // file of rules about the live figures; empty: none

  void bind(OptionTable& table);
  // Throws InvalidArgument for options that contradict each other.
  void check() const;
};

}  // namespace p5
