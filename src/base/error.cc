#include "p5/error.h"

namespace p5 {
namespace {

// What the system says about a failure is its reason, not a value: "cannot create the file: Permission denied".
std::string_view before_got(ErrorSubject subject, const ErrorDetail& detail) {
  if (!detail.expected.empty()) return ", got ";
  return subject == ErrorSubject::kSystem ? ": " : ": got ";
}

// A name or value in one line: a line end in a file's name would forge a line of its own.
std::string in_one_line(std::string text) {
  for (auto at = text.find('\n'); at != std::string::npos; at = text.find('\n', at + 2)) text.replace(at, 1, "\\n");
  return text;
}

std::string compose(ErrorSubject subject, std::string_view what, const ErrorDetail& detail) {
  std::string text;
  if (!detail.where.empty()) text.append(in_one_line(detail.where)).append(": ");
  text.append(what);
  if (!detail.expected.empty()) text.append(": expected ").append(detail.expected);
  if (!detail.got.empty()) text.append(before_got(subject, detail)).append(in_one_line(detail.got));
  return text;
}

}  // namespace

Error::Error(ErrorCode code, ErrorSubject subject, std::string_view what, ErrorDetail detail)
    : std::runtime_error(compose(subject, what, detail)), code_(code), subject_(subject) {}

Error usage_error(std::string_view what, ErrorDetail detail) {
  return Error(ErrorCode::kInvalidArgument, ErrorSubject::kRequest, what, std::move(detail));
}
Error data_error(std::string_view what, ErrorDetail detail) {
  return Error(ErrorCode::kCorrupted, ErrorSubject::kData, what, std::move(detail));
}
Error model_error(std::string_view what, ErrorDetail detail) {
  return Error(ErrorCode::kCorrupted, ErrorSubject::kModel, what, std::move(detail));
}
Error system_error(std::string_view what, ErrorDetail detail) {
  return Error(ErrorCode::kUnavailable, ErrorSubject::kSystem, what, std::move(detail));
}
Error not_found_error(std::string_view what, ErrorDetail detail) {
  return Error(ErrorCode::kNotFound, ErrorSubject::kRequest, what, std::move(detail));
}

int exit_code_of(const Error& error) {
  if (error.code() == ErrorCode::kInternal) return 1;
  switch (error.subject()) {
    case ErrorSubject::kRequest:
      return 2;
    case ErrorSubject::kData:
      return 3;
    case ErrorSubject::kModel:
      return 4;
    case ErrorSubject::kSystem:
      return 5;
  }
  return 1;
}

int http_status_of(const Error& error) {
  switch (error.code()) {
    case ErrorCode::kInvalidArgument:
      return 400;
    case ErrorCode::kNotFound:
      return 404;
    case ErrorCode::kUnsupported:
      return 501;
    case ErrorCode::kUnavailable:
      return 503;
    case ErrorCode::kCorrupted:
    case ErrorCode::kInternal:
      return 500;
  }
  return 500;
}

std::string_view to_string(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument:
      return "InvalidArgument";
    case ErrorCode::kNotFound:
      return "NotFound";
    case ErrorCode::kCorrupted:
      return "Corrupted";
    case ErrorCode::kUnsupported:
      return "Unsupported";
    case ErrorCode::kUnavailable:
      return "Unavailable";
    case ErrorCode::kInternal:
      return "Internal";
  }
  return "Internal";
}

}  // namespace p5
