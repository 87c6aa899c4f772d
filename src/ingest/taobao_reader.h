// UserBehavior.csv of Taobao (Alibaba Tianchi, data set 649): user, item, category, behaviour and time per line,
// without a header. Immutable; thread-safe for reading into different sinks.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "ingest/dataset_reader.h"

namespace p5 {

// pv, cart, fav and buy are the event types; the category becomes that of the item. The publisher says the data are of
// 25 November to 3 December 2017 (China time): events of other days are kept, and counted in a note.
class TaobaoReader final : public DatasetReader {
 public:
  std::string format() const override { return "taobao"; }
  bool recognizes(const std::vector<std::filesystem::path>& inputs) const override;
  void read(const std::vector<std::filesystem::path>& inputs, RecordSink& sink) const override;
};

}  // namespace p5
