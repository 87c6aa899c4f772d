// A PostgreSQL server of the test's own: a new cluster in a temporary folder, on a Unix socket. PostgreSQL refuses to
// run as root, so that root becomes the user postgres for it.
#pragma once

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/temporary_folder.h"

namespace p5::test {

class PostgresServer {
 public:
  // None where PostgreSQL is not installed.
  static const PostgresServer* get() {
    static const std::optional<std::filesystem::path> programs = find_programs();
    if (!programs) return nullptr;
    static const PostgresServer server(*programs);
    return &server;
  }
  ~PostgresServer() { run("pg_ctl -D " + data() + " -m immediate -w stop", false); }
  PostgresServer(const PostgresServer&) = delete;
  PostgresServer& operator=(const PostgresServer&) = delete;

  // The address of a new database.
  std::string make_database() const {
    const std::string name = "p5_" + std::to_string(++databases_);
    run("createdb -h " + folder_.path().string() + " -U p5 " + name, true);
    return "postgresql://p5:secret@/" + name + "?host=" + folder_.path().string();
  }
  void restart() const { run("pg_ctl -D " + data() + " -m immediate -w restart", true); }

 private:
  explicit PostgresServer(const std::filesystem::path& programs) : programs_(programs) {
    if (::geteuid() == 0 && std::system(("chown postgres " + folder_.path().string()).c_str()) != 0) {
      throw std::runtime_error("no user postgres");
    }
    run("initdb -D " + data() + " -A trust -U p5 --no-locale -E UTF8", true);
    run("pg_ctl -D " + data() + " -l " + (folder_ / "log").string() + " -w -o \"-k " + folder_.path().string() +
            " -c listen_addresses= -c max_connections=50\" start",
        true);
  }

  static std::optional<std::filesystem::path> find_programs() {
    const std::filesystem::path all = "/usr/lib/postgresql";
    if (!std::filesystem::exists(all)) return std::nullopt;
    std::vector<std::filesystem::path> versions;
    for (const auto& version : std::filesystem::directory_iterator(all)) {
      if (std::filesystem::exists(version.path() / "bin" / "initdb")) versions.push_back(version.path() / "bin");
    }
    if (versions.empty()) return std::nullopt;
    return *std::max_element(versions.begin(), versions.end());
  }
  std::string data() const { return (folder_ / "data").string(); }
  void run(const std::string& command, bool must_work) const {
    const std::string who = ::geteuid() == 0 ? "runuser -u postgres -- " : "";
    const std::string line = "cd / && " + who + (programs_ / command).string() + " > /dev/null 2>&1 < /dev/null";
    if (std::system(line.c_str()) != 0 && must_work) throw std::runtime_error("failed: " + line);
  }

  std::filesystem::path programs_;
  TemporaryFolder folder_;
  mutable int databases_ = 0;
};

}  // namespace p5::test
