#include "doctor/optional_library.h"

#include "base/shared_library.h"
#include "p5/error.h"

namespace p5 {

std::span<const OptionalLibrary> optional_libraries() {
  static constexpr OptionalLibrary kLibraries[] = {{.name = "SentencePiece",
                                                    .file = "libp5_sentencepiece.so",
                                                    .symbol = "p5_sentencepiece_make",
                                                    .needed_for = "training, and answers of trained runs",
                                                    .package = "libsentencepiece0",
                                                    .required = true},
                                                   {.name = "OpenBLAS",
                                                    .file = "libopenblas.so.0",
                                                    .symbol = "openblas_get_config",
                                                    .needed_for = "the sources ease, ridge and ppmi",
                                                    .package = "libopenblas0-pthread",
                                                    .required = false},
                                                   {.name = "faiss",
                                                    .file = "libp5_faiss.so",
                                                    .symbol = "p5_faiss_make",
                                                    .needed_for = "approximate search among item vectors",
                                                    .package = "libgomp1",
                                                    .required = false},
                                                   {.name = "libmicrohttpd",
                                                    .file = "libp5_microhttpd.so",
                                                    .symbol = "p5_microhttpd_start",
                                                    .needed_for = "p5 serve",
                                                    .package = "libmicrohttpd12",
                                                    .required = false},
                                                   {.name = "libpq",
                                                    .file = "libp5_postgres.so",
                                                    .symbol = "p5_postgres_connect",
                                                    .needed_for = "feedback and imports from PostgreSQL",
                                                    .package = "libpq5",
                                                    .required = false},
                                                   {.name = "librdkafka",
                                                    .file = "libp5_kafka.so",
                                                    .symbol = "p5_kafka_open",
                                                    .needed_for = "feedback from Kafka",
                                                    .package = "librdkafka1",
                                                    .required = false}};
  return kLibraries;
}

std::string complaint_about(const OptionalLibrary& library) {
  const SharedLibrary opened({.file = library.file, .provides = library.name, .remedy = library.package});
  try {
    opened.symbol(library.symbol);
  } catch (const Error& error) {
    return error.what();
  }
  return {};
}

}  // namespace p5
