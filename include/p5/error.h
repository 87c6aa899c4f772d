// The one error type of p5. Everything that can go wrong for a user or with data is thrown as an Error; asserts are
// for programmers only. Thread-safe: an Error is a value.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace p5 {

enum class ErrorCode { kInvalidArgument, kNotFound, kCorrupted, kUnsupported, kUnavailable, kInternal };

// What the error is about. Together with the code it decides the exit code (exit_code_of) and the HTTP status.
enum class ErrorSubject {
  kRequest,  // command line, configuration, a requested user or item
  kData,     // logs, corpora, prompt files
  kModel,    // weights, checkpoints, indexes, run folders
  kSystem,   // disk, memory, network, device
};

// What a person needs to act: `where` names file, line and field.
struct ErrorDetail {
  std::string where = {};
  std::string expected = {};
  std::string got = {};
};

class Error : public std::runtime_error {
 public:
  // The text reads "<where>: <what>: expected <expected>, got <got>"; empty parts are left out.
  Error(ErrorCode code, ErrorSubject subject, std::string_view what, ErrorDetail detail = {});

  ErrorCode code() const { return code_; }
  ErrorSubject subject() const { return subject_; }

 private:
  ErrorCode code_;
  ErrorSubject subject_;
};

// Short makers for the usual cases.
Error usage_error(std::string_view what, ErrorDetail detail = {});      // InvalidArgument, request
Error data_error(std::string_view what, ErrorDetail detail = {});       // Corrupted, data
Error model_error(std::string_view what, ErrorDetail detail = {});      // Corrupted, model
Error system_error(std::string_view what, ErrorDetail detail = {});     // Unavailable, system
Error not_found_error(std::string_view what, ErrorDetail detail = {});  // NotFound, request

// Exit codes of the program: 0 ok, 1 internal, 2 usage or configuration, 3 data, 4 model or checkpoint,
// 5 memory or disk, 6 quality gate not met, 129, 130 and 143 interrupted after saving (SIGHUP, SIGINT, SIGTERM).
int exit_code_of(const Error& error);
int http_status_of(const Error& error);
std::string_view to_string(ErrorCode code);

}  // namespace p5
