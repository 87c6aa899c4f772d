#include "capi/guard.h"

#include <cstdlib>
#include <cstring>
#include <new>

#include "p5/c_api.h"
#include "p5/error.h"

namespace p5::capi {
namespace {

thread_local std::string g_error;

int code_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument:
      return P5_INVALID_ARGUMENT;
    case ErrorCode::kNotFound:
      return P5_NOT_FOUND;
    case ErrorCode::kCorrupted:
      return P5_CORRUPTED;
    case ErrorCode::kUnsupported:
      return P5_UNSUPPORTED;
    case ErrorCode::kUnavailable:
      return P5_UNAVAILABLE;
    case ErrorCode::kInternal:
      break;
  }
  return P5_INTERNAL;
}

int keep(int code, const char* message) {
  g_error = message;
  return code;
}

}  // namespace

int keep_error() noexcept {
  try {
    try {
      throw;
    } catch (const Error& error) {
      return keep(code_of(error.code()), error.what());
    } catch (const std::bad_alloc&) {
      return keep(P5_UNAVAILABLE, "out of memory");
    } catch (const std::exception& error) {
      return keep(P5_INTERNAL, error.what());
    } catch (...) {
      return keep(P5_INTERNAL, "an exception of no known type");
    }
  } catch (...) {  // no memory for the message
    g_error.clear();
    return P5_UNAVAILABLE;
  }
}

const char* last_error() noexcept { return g_error.c_str(); }

char* copied(std::string_view text) {
  char* const copy = static_cast<char*>(std::malloc(text.size() + 1));
  if (copy == nullptr) throw std::bad_alloc();
  std::memcpy(copy, text.data(), text.size());
  copy[text.size()] = '\0';
  return copy;
}

void require(const void* argument, const char* name) {
  if (argument == nullptr) throw usage_error("an argument is NULL", {.where = name});
}

}  // namespace p5::capi
