// How answers and errors of the API look. Thread-safe: free functions.
#pragma once

#include <exception>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "serve/http_message.h"

namespace p5 {

HttpResponse json_response(const nlohmann::json& body, int status = 200);
// The nearest float32, which JSON then shows with as few digits as tell it from others: protocols that name the type of
// a number mean this one. Not finite: null.
nlohmann::json float32_json(double value);
// {"error", "code", "request_id"} with the status of the error: 400, 404, 501, 503, 504 after a deadline, 500.
HttpResponse error_response(const std::exception_ptr& error, const std::string& request_id);
HttpResponse error_response(int status, const std::string& code, const std::string& message,
                            const std::string& request_id);
// Runs `body`; what it throws is the answer.
template <typename Body>
void answer_errors(const HttpReply& reply, const std::string& request_id, Body&& body) {
  try {
    std::forward<Body>(body)();
  } catch (...) {
    reply(error_response(std::current_exception(), request_id));
  }
}

inline constexpr const char* kOverloaded = "too many requests wait; try again";
// 429 with Retry-After.
HttpResponse overloaded_response(const std::string& request_id);
// The same with the body of another protocol.
HttpResponse overloaded_response(const nlohmann::json& body);

}  // namespace p5
