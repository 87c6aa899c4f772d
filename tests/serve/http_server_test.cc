// What every HTTP server behind the interface has to pass.
#include "serve/http_server.h"

#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "p5/error.h"
#include "support/http_client.h"

namespace p5 {
namespace {

using test::HttpAnswer;
using test::HttpClient;

HttpServerOptions any_port() {
  HttpServerOptions options;
  options.port = 0;
  options.max_body = 100'000;
  return options;
}

void echo(HttpRequest request, const HttpReply& reply) {
  reply({.body = request.method + " " + request.path + " " + request.body, .content_type = "text/plain"});
}

TEST(HttpServer, AnswersOneAfterTheOtherOnOneConnection) {
  const auto server = start_http_server(any_port(), echo);
  HttpClient client(server->port());
  EXPECT_EQ(client.ask("GET", "/a").body, "GET /a ");
  EXPECT_EQ(client.ask("POST", "/b", "words").body, "POST /b words");
  EXPECT_EQ(client.ask("POST", "/c", std::string(90'000, 'x')).body.size(), 8 + 90'000u);
}

TEST(HttpServer, KeepsEscapesOfThePathAndDecodesTheQuery) {
  const auto server = start_http_server(any_port(), [](HttpRequest request, const HttpReply& reply) {
    const std::string* word = request.parameter("w");
    reply({.body = request.path + "|" + (word == nullptr ? "none" : *word)});
  });
  HttpClient client(server->port());
  EXPECT_EQ(client.ask("GET", "/users/a%2Fb?w=x%20y%2Bz").body, "/users/a%2Fb|x y+z");
  EXPECT_EQ(client.ask("GET", "/users/a?v=1").body, "/users/a|none");
}

TEST(HttpServer, RepliesFromAnotherThread) {
  std::vector<std::thread> threads;
  std::mutex mutex;
  const auto server = start_http_server(any_port(), [&](HttpRequest, HttpReply reply) {
    const std::lock_guard lock(mutex);
    threads.emplace_back([reply = std::move(reply)] {
      std::this_thread::sleep_for(std::chrono::milliseconds(30));
      reply({.status = 202, .body = "late"});
    });
  });
  std::vector<std::thread> clients;
  std::atomic<int> good{0};
  for (int i = 0; i < 20; ++i) {
    clients.emplace_back([&] {
      HttpClient client(server->port());
      for (int n = 0; n < 5; ++n) {
        const HttpAnswer answer = client.ask("GET", "/");
        if (answer.status == 202 && answer.body == "late") ++good;
      }
    });
  }
  for (auto& client : clients) client.join();
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(good.load(), 100);
}

TEST(HttpServer, RefusesALongBodyAtOnce) {
  std::atomic<int> asked{0};
  const auto server = start_http_server(any_port(), [&](HttpRequest, const HttpReply& reply) {
    ++asked;
    reply({});
  });
  HttpClient client(server->port());
  client.send("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 100001\r\n\r\n");
  EXPECT_EQ(client.receive().status, 413);
  EXPECT_EQ(asked.load(), 0);
}

TEST(HttpServer, ClosesWhenAChunkedBodyGrowsTooLong) {
  const auto server = start_http_server(any_port(), echo);
  HttpClient client(server->port());
  client.send("POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n");
  const std::string chunk = "2710\r\n" + std::string(10'000, 'x') + "\r\n";
  for (int i = 0; i < 30 && client.send(chunk); ++i) {
  }
  EXPECT_EQ(client.receive().status, 0);
}

TEST(HttpServer, ClosesOnAClientThatDrips) {
  HttpServerOptions options = any_port();
  options.read_timeout = std::chrono::seconds(1);
  const auto server = start_http_server(options, echo);
  HttpClient client(server->port(), 5);
  const auto begin = std::chrono::steady_clock::now();
  bool open = true;
  for (int i = 0; i < 40 && open; ++i) {  // a byte each tenth of a second never ends a request
    open = client.send(i == 0 ? "GET / HTTP/1.1\r\nX: " : "y");
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  EXPECT_EQ(client.receive().status, 0);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(10));
  HttpClient other(server->port());
  EXPECT_EQ(other.ask("GET", "/").status, 200);
}

TEST(HttpServer, AnswersHostileBytesWithAnErrorOrAClosedConnection) {
  const auto server = start_http_server(any_port(), echo);
  for (const std::string& bytes :
       {std::string("\r\n\r\n\r\n"), std::string("GET\r\n\r\n"), std::string("\0\1\2\3\r\n\r\n", 8),
        std::string("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: -1\r\n\r\n"),
        std::string("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 99999999999999999999\r\n\r\n"),
        "GET /" + std::string(200'000, 'a') + " HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\n" + std::string(200'000, 'b') + ": c\r\n\r\n"}) {
    HttpClient client(server->port(), 2);
    client.send(bytes);
    const int status = client.receive().status;
    EXPECT_TRUE(status == 0 || status >= 400) << status << " for " << bytes.substr(0, 20);
  }
  HttpClient client(server->port());
  EXPECT_EQ(client.ask("GET", "/").status, 200);
}

TEST(HttpServer, AnswersWhatWasAdmittedAfterItStoppedAccepting) {
  std::mutex mutex;
  std::condition_variable arrived;
  HttpReply waiting;
  const auto server = start_http_server(any_port(), [&](HttpRequest, HttpReply reply) {
    const std::lock_guard lock(mutex);
    waiting = std::move(reply);
    arrived.notify_all();
  });
  HttpClient client(server->port());
  client.send("GET / HTTP/1.1\r\nHost: t\r\n\r\n");
  {
    std::unique_lock lock(mutex);
    ASSERT_TRUE(arrived.wait_for(lock, std::chrono::seconds(10), [&] { return waiting != nullptr; }));
  }
  server->stop_accepting();
  EXPECT_EQ(server->in_flight(), 1u);
  HttpClient late(server->port(), 1);
  EXPECT_TRUE(!late.connected() || late.ask("GET", "/").status == 0);
  waiting({.body = "done"});
  const HttpAnswer answer = client.receive();
  EXPECT_EQ(answer.body, "done");
  EXPECT_NE(answer.headers.find("Connection: close"), std::string::npos);
}

TEST(HttpServer, StopsWithRequestsThatNobodyAnswers) {
  std::mutex mutex;
  std::vector<HttpReply> kept;
  auto server = start_http_server(any_port(), [&](HttpRequest, HttpReply reply) {
    const std::lock_guard lock(mutex);
    kept.push_back(std::move(reply));
  });
  HttpClient client(server->port(), 5);
  client.send("GET / HTTP/1.1\r\nHost: t\r\n\r\n");
  for (int i = 0; i < 500 && server->in_flight() == 0; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(2));
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  server.reset();
  EXPECT_EQ(client.receive().status, 0);
  for (const auto& reply : kept) reply({.body = "too late"});  // must not touch the server
}

TEST(HttpServer, SaysThatAPortIsTaken) {
  const auto server = start_http_server(any_port(), echo);
  HttpServerOptions same = any_port();
  same.port = server->port();
  try {
    start_http_server(same, echo);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kUnavailable);
    EXPECT_NE(std::string(error.what()).find("in use"), std::string::npos) << error.what();
  }
  same.host = "no address";
  EXPECT_THROW(start_http_server(same, echo), Error);
}

}  // namespace
}  // namespace p5
