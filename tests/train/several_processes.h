// Threads in the place of processes that find each other over c10d, for tests of what these do together.
#pragma once

#include <sys/socket.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include <cstdint>
#include <thread>
#include <vector>

#include "train/collective_module.h"

namespace p5::test {

// A port that nobody listens at.
inline std::int64_t free_port() {
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ::bind(socket, reinterpret_cast<sockaddr*>(&address), size);
  ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size);
  ::close(socket);
  return ntohs(address.sin_port);
}

// Calls work(group) in each of `count` threads.
template <typename Work>
void in_processes(std::int64_t count, const Work& work) {
  const std::int64_t port = free_port();
  std::vector<std::jthread> threads;
  for (std::int64_t rank = 0; rank < count; ++rank) {
    threads.emplace_back([&, rank] {
      Collective group({.rank = rank, .size = count, .address = "127.0.0.1", .port = port}, 20);
      work(group);
      group.meet();  // nobody leaves before all are done
    });
  }
}

}  // namespace p5::test
