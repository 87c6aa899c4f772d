#include "nn/kv_cache_module.h"

namespace p5 {

void KeyValue::append(const KeyValue& step) {
  key = key.defined() ? torch::cat({key, step.key}, 2) : step.key;
  value = value.defined() ? torch::cat({value, step.value}, 2) : step.value;
}

void KeyValue::reorder(const torch::Tensor& rows) {
  if (!key.defined()) return;
  key = key.index_select(0, rows);
  value = value.index_select(0, rows);
}

std::int64_t KeyValue::bytes() const {
  return key.defined() ? static_cast<std::int64_t>(key.nbytes() + value.nbytes()) : 0;
}

void KvCache::reorder(const torch::Tensor& rows) {
  for (KeyValue& block : blocks_) block.reorder(rows);
}

std::int64_t KvCache::bytes() const {
  std::int64_t sum = 0;
  for (const KeyValue& block : blocks_) sum += block.bytes();
  return sum;
}

}  // namespace p5
