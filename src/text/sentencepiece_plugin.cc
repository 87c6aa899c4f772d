// libp5_sentencepiece.so: the only code that sees the SentencePiece library.
#include <sentencepiece_processor.h>
#include <sentencepiece_trainer.h>

#include <exception>
#include <new>

#include "text/sentencepiece_engine.h"

namespace p5 {
namespace {

template <typename Call>
std::string complaint_of(const Call& call) {
  try {
    const sentencepiece::util::Status status = call();
    return status.ok() ? std::string() : status.ToString();
  } catch (const std::bad_alloc&) {
    throw;  // of the machine, not of the request
  } catch (const std::exception& error) {
    return error.what();
  }
}

class ProcessorEngine final : public SentencePieceEngine {
 public:
  std::string load(const std::string& model) override {
    return complaint_of([&] { return processor_.LoadFromSerializedProto(model); });
  }
  int size() const override { return processor_.GetPieceSize(); }
  std::string_view piece(TokenId token) const override { return processor_.IdToPiece(token); }
  std::string encode(std::string_view text, std::vector<TokenId>& out) const override {
    std::vector<int> ids;
    const std::string complaint =
        complaint_of([&] { return processor_.Encode(absl::string_view(text.data(), text.size()), &ids); });
    out.insert(out.end(), ids.begin(), ids.end());
    return complaint;
  }
  std::string decode(const std::vector<TokenId>& tokens, std::string& text) const override {
    return complaint_of([&] { return processor_.Decode(tokens, &text); });
  }

 private:
  sentencepiece::SentencePieceProcessor processor_;
};

// Passes a list of sentences to the trainer.
class SentenceList final : public sentencepiece::SentenceIterator {
 public:
  explicit SentenceList(const std::vector<std::string>& sentences) : sentences_(sentences) {}
  bool done() const override { return next_ >= sentences_.size(); }
  void Next() override { ++next_; }
  const std::string& value() const override { return sentences_[next_]; }
  sentencepiece::util::Status status() const override { return {}; }

 private:
  const std::vector<std::string>& sentences_;
  std::size_t next_ = 0;
};

}  // namespace

SentencePieceEngine* p5_sentencepiece_make() { return new ProcessorEngine(); }

void p5_sentencepiece_train(const SentencePieceTraining* training, std::string* model, std::string* complaint) {
  SentenceList list(training->sentences);
  *complaint =
      complaint_of([&] { return sentencepiece::SentencePieceTrainer::Train(training->arguments, &list, model); });
}

}  // namespace p5
