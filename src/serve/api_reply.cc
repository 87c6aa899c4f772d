#include "serve/api_reply.h"

#include <charconv>
#include <cmath>

#include "base/json_field.h"
#include "base/logger.h"
#include "p5/error.h"
#include "serve/batch_queue.h"

namespace p5 {
namespace {

// The library names the fields of a request "request.user"; the body has them without the prefix.
std::string in_field_names(std::string text) {
  constexpr std::string_view kPrefix = "request.";
  for (std::size_t at = 0; (at = text.find(kPrefix, at)) != std::string::npos;) text.erase(at, kPrefix.size());
  return text;
}

}  // namespace

HttpResponse json_response(const nlohmann::json& body, int status) {
  return {.status = status, .body = body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)};
}

nlohmann::json float32_json(double value) {
  const auto nearest = static_cast<float>(value);
  if (!std::isfinite(nearest)) return nullptr;
  char digits[32];
  const auto end = std::to_chars(digits, digits + sizeof digits, nearest).ptr;
  double shown = 0;
  std::from_chars(digits, end, shown);
  return shown;
}

HttpResponse error_response(int status, const std::string& code, const std::string& message,
                            const std::string& request_id) {
  return json_response({{"error", message}, {"code", code}, {"request_id", request_id}}, status);
}

HttpResponse error_response(const std::exception_ptr& error, const std::string& request_id) {
  try {
    std::rethrow_exception(error);
  } catch (const DeadlinePassed& late) {
    return error_response(504, "DeadlineExceeded", late.what(), request_id);
  } catch (const Error& known) {
    return error_response(http_status_of(known), std::string(to_string(known.code())), in_field_names(known.what()),
                          request_id);
  } catch (const std::bad_alloc&) {
    return error_response(503, "Unavailable", "out of memory", request_id);
  } catch (const std::exception& other) {
    log_error("request " + request_id + ": internal: " + other.what());
    return error_response(500, "Internal", "an internal error; the server's log has it under this request id",
                          request_id);
  }
}

HttpResponse overloaded_response(const std::string& request_id) {
  return overloaded_response(
      nlohmann::json{{"error", kOverloaded}, {"code", "ResourceExhausted"}, {"request_id", request_id}});
}

HttpResponse overloaded_response(const nlohmann::json& body) {
  HttpResponse response = json_response(body, 429);
  response.headers.emplace_back("Retry-After", "1");
  return response;
}

}  // namespace p5
