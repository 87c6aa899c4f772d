// Feedback in one SQLite file: write-ahead log, every commit synced. Thread-safe; several processes may share a file.
#pragma once

#include <filesystem>
#include <mutex>

#include "online/feedback_store.h"

struct sqlite3;

namespace p5 {

class SqliteFeedbackStore final : public FeedbackStore {
 public:
  explicit SqliteFeedbackStore(const std::filesystem::path& file);
  ~SqliteFeedbackStore() override;
  SqliteFeedbackStore(const SqliteFeedbackStore&) = delete;
  SqliteFeedbackStore& operator=(const SqliteFeedbackStore&) = delete;

  using FeedbackStore::append;
  std::vector<FeedbackAppended> append(std::span<const std::span<const FeedbackEvent>> groups) override;
  std::uint64_t read(std::uint64_t after, const std::function<void(const FeedbackEvent&)>& take) const override;
  FeedbackStats stats() const override;
  void change(std::span<const TableChange> changes) override;
  std::uint64_t read_changes(std::uint64_t after, const std::function<void(const TableChange&)>& take) const override;

 private:
  // All that `work` writes, or nothing. The caller has the lock.
  template <typename Work>
  void commit(const Work& work);

  std::filesystem::path file_;
  std::mutex writing_;
  sqlite3* writer_ = nullptr;
  mutable std::mutex reading_;
  sqlite3* reader_ = nullptr;
};

}  // namespace p5
