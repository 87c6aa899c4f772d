// Files of prompts. What is read once is written, and reads back.
#include "prompt/prompt_library.h"
#include "reader_fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  try {
    const p5::PromptLibrary library = p5::PromptLibrary::parse(bytes, "prompts.toml");
    const p5::PromptLibrary again = p5::PromptLibrary::parse(library.to_toml(), "written.toml");
    p5::fuzz::require(library.all().size() == again.all().size(), "what is written reads back");
  } catch (const p5::Error&) {
  }
  return 0;
}
