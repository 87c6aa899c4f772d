// A small HTTP/1.1 client over a plain socket, for tests: it can also send what no library would.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace p5::test {

struct HttpAnswer {
  int status = 0;  // 0: the connection ended without an answer
  std::string headers, body;
};

class HttpClient {
 public:
  explicit HttpClient(std::uint16_t port, int timeout_s = 20) {
    socket_ = ::socket(AF_INET, SOCK_STREAM, 0);
    const timeval timeout{timeout_s, 0};
    setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  }
  ~HttpClient() { ::close(socket_); }
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  bool connected() const { return connected_; }

  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }

  // The next answer on this connection.
  HttpAnswer receive() {
    HttpAnswer answer;
    std::size_t end = 0;
    while ((end = buffer_.find("\r\n\r\n")) == std::string::npos) {
      if (!more()) return answer;
    }
    answer.headers = buffer_.substr(0, end + 2);
    buffer_.erase(0, end + 4);
    answer.status = std::atoi(answer.headers.c_str() + 9);
    const auto at = answer.headers.find("\nContent-Length: ");  // other headers end so, too
    const std::size_t length =
        at == std::string::npos ? 0 : std::strtoul(answer.headers.c_str() + at + 17, nullptr, 10);
    while (buffer_.size() < length) {
      if (!more()) return {};
    }
    answer.body = buffer_.substr(0, length);
    buffer_.erase(0, length);
    return answer;
  }

  HttpAnswer ask(std::string_view method, std::string_view path, std::string_view body = {},
                 std::string_view headers = {}) {
    std::string request =
        std::string(method) + " " + std::string(path) + " HTTP/1.1\r\nHost: test\r\n" + std::string(headers);
    if (!body.empty() || method == "POST") request += "Content-Length: " + std::to_string(body.size()) + "\r\n";
    return send(request + "\r\n" + std::string(body)) ? receive() : HttpAnswer{};
  }

  // Whether the other side has closed the connection; waits for at most the timeout.
  bool closed() { return !more(); }

 private:
  bool more() {
    char bytes[65536];
    const ssize_t got = ::recv(socket_, bytes, sizeof bytes, 0);
    if (got <= 0) return false;
    buffer_.append(bytes, static_cast<std::size_t>(got));
    return true;
  }

  int socket_ = -1;
  bool connected_ = false;
  std::string buffer_;
};

}  // namespace p5::test
