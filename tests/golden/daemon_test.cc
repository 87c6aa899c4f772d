// The whole daemon: a tiny run is trained, served by the program, and asked over a socket.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>
#include <vector>

#include "support/http_client.h"
#include "support/kafka_cluster.h"
#include "support/temporary_folder.h"

namespace p5 {
namespace {

using Json = nlohmann::json;
using test::HttpAnswer;
using test::HttpClient;

// One corpus and one run for all tests of the program.
class TrainedRun {
 public:
  static const TrainedRun& get() {
    static const TrainedRun trained;
    return trained;
  }
  std::string corpus() const { return (folder_.path() / "world").string(); }
  std::string run() const { return (folder_.path() / "run").string(); }

 private:
  TrainedRun() {
    const std::string program = P5_PROGRAM;
    const std::string log = " > " + (folder_.path() / "log").string() + " 2>&1";
    execute(program + " simulate --users 60 --items 40 --events 600 --out " + corpus() + " -q" + log);
    execute(program + " train --corpus " + corpus() + " --out " + run() +
            " --preset nano --threads 1 -q --set train.max_steps=3 --set text.pieces=400 --set task.batch_tokens=2048"
            " --set task.sequential_samples=2 --set task.direct_samples=1 --set encoder.epochs=2" +
            log);
  }
  static void execute(const std::string& command) {
    if (std::system(command.c_str()) != 0) throw std::runtime_error("failed: " + command);
  }
  test::TemporaryFolder folder_;
};

class Daemon {
 public:
  explicit Daemon(const std::vector<std::string>& extra = {}) : Daemon(with_options(extra), {}) {}
  // By these words, with these variables in the environment, NAME=VALUE.
  Daemon(std::vector<std::string> words, std::vector<std::string> environment) {
    int pipe_ends[2];
    if (::pipe2(pipe_ends, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
    process_ = ::fork();
    if (process_ == 0) {
      ::dup2(pipe_ends[1], STDOUT_FILENO);
      std::vector<char*> argv;
      for (std::string& word : words) argv.push_back(word.data());
      argv.push_back(nullptr);
      for (std::string& variable : environment) ::putenv(variable.data());
      ::execv(argv[0], argv.data());
      ::_exit(127);
    }
    ::close(pipe_ends[1]);
    std::string line;
    for (char letter = 0; ::read(pipe_ends[0], &letter, 1) == 1 && letter != '\n';) line += letter;
    ::close(pipe_ends[0]);
    const auto colon = line.rfind(':');
    if (colon == std::string::npos) throw std::runtime_error("the daemon did not start");
    port_ = static_cast<std::uint16_t>(std::stoi(line.substr(colon + 1)));
  }
  ~Daemon() {
    if (process_ > 0) stop(SIGKILL);
  }
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;

  std::uint16_t port() const { return port_; }
  // The exit code, or minus the signal that ended it.
  int stop(int signal = SIGTERM) {
    ::kill(process_, signal);
    int status = 0;
    ::waitpid(process_, &status, 0);
    process_ = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }
  void signal(int number) const { ::kill(process_, number); }

  Json ask(std::string_view method, const std::string& path, const Json& body = nullptr, int status = 200,
           std::string_view headers = {}) const {
    HttpClient client(port_);
    const HttpAnswer answer = client.ask(method, path, body.is_null() ? "" : body.dump(), headers);
    EXPECT_EQ(answer.status, status) << method << " " << path << ": " << answer.body;
    const Json parsed = Json::parse(answer.body, nullptr, false);
    EXPECT_FALSE(parsed.is_discarded()) << answer.body;
    return parsed;
  }

 private:
  static std::vector<std::string> with_options(const std::vector<std::string>& extra) {
    std::vector<std::string> words{
        P5_PROGRAM, "serve", TrainedRun::get().run(), "--port", "0", "--workers", "2", "--log-level",
        "warning",  "--set", "serve.access_log=off"};
    words.insert(words.end(), extra.begin(), extra.end());
    return words;
  }

  pid_t process_ = 0;
  std::uint16_t port_ = 0;
};

std::vector<std::string> items_of(const Json& answer) {
  std::vector<std::string> items;
  for (const Json& item : answer.at("items")) items.push_back(item.at("item"));
  return items;
}

TEST(Daemon, AnswersAsTheProgramDoes) {
  const Daemon daemon;
  const Json users = daemon.ask("GET", "/api/v1/users?limit=3");
  const std::string user = users.at("users").at(0).at("user");
  const Json answer = daemon.ask("POST", "/api/v1/recommend", {{"user", user}, {"k", 5}});
  EXPECT_EQ(answer.at("user"), user);
  EXPECT_EQ(answer.at("model").at("version"), 1);

  const std::string command = std::string(P5_PROGRAM) + " recommend " + TrainedRun::get().run() + " --user " + user +
                              " -k 5 --json --threads 1 -q";
  std::FILE* pipe = ::popen(command.c_str(), "r");
  std::string text;
  char bytes[4096];
  for (std::size_t got = 0; (got = std::fread(bytes, 1, sizeof bytes, pipe)) > 0;) text.append(bytes, got);
  ::pclose(pipe);
  EXPECT_EQ(items_of(answer), items_of(Json::parse(text)));
  EXPECT_EQ(items_of(answer).size(), 5u);
}

TEST(Daemon, KnowsTheLastClickAndKeepsItOverAKill) {
  const test::TemporaryFolder folder;
  const std::string store = "sqlite:" + (folder.path() / "f.db").string();
  std::string clicked;
  {
    Daemon daemon({"--feedback", store});
    const Json before = daemon.ask("POST", "/api/v1/recommend", {{"user", "somebody new"}, {"k", 1}});
    EXPECT_EQ(before.at("fallback"), "popularity");
    daemon.ask("POST", "/api/v1/recommend", {{"user", "somebody new"}, {"k", 1}, {"strict", true}}, 404);
    const Json items = daemon.ask("GET", "/api/v1/items?limit=2");
    clicked = items.at("items").at(1).at("item");
    const Json event{{"id", "1"}, {"user", "somebody new"}, {"item", clicked}};
    const Json taken = daemon.ask("POST", "/api/v1/feedback", {{"events", {event, event, {{"id", "2"}}}}});
    EXPECT_EQ(taken.at("accepted"), 1);
    EXPECT_EQ(taken.at("duplicates"), 1);
    EXPECT_EQ(taken.at("rejected").at(0).at("index"), 2);
    const Json answer = daemon.ask("POST", "/api/v1/recommend", {{"user", "somebody new"}, {"k", 39}});
    EXPECT_EQ(answer.at("user"), "somebody new");
    for (const std::string& item : items_of(answer)) EXPECT_NE(item, clicked);
    daemon.stop(SIGKILL);
  }
  const Daemon daemon({"--feedback", store});
  EXPECT_EQ(daemon.ask("GET", "/api/v1/users/somebody%20new").at("history").at(0).at("item"), clicked);
  EXPECT_EQ(daemon.ask("GET", "/api/v1/status").at("feedback").at("events"), 1);
}

TEST(Daemon, KnowsItemsThatArePutAndLeavesOutThoseThatAreTakenOut) {
  const test::TemporaryFolder folder;
  const std::string store = "sqlite:" + (folder.path() / "f.db").string();
  std::string user, best;
  {
    Daemon daemon({"--feedback", store});
    user = daemon.ask("GET", "/api/v1/users?limit=1").at("users").at(0).at("user");
    best = items_of(daemon.ask("POST", "/api/v1/recommend", {{"user", user}, {"k", 1}})).at(0);
    Json twin = daemon.ask("GET", "/api/v1/items/" + best);
    for (const char* name : {"item", "events", "recent", "model", "request_id"}) twin.erase(name);
    const Json put = daemon.ask("PUT", "/api/v1/items/new%2F1", twin);
    EXPECT_EQ(put.at("title"), twin.at("title"));
    EXPECT_EQ(put.at("events"), 0);
    const Json all{{"user", user}, {"k", 100}};
    EXPECT_EQ(std::ranges::count(items_of(daemon.ask("POST", "/api/v1/recommend", all)), "new/1"), 1);
    daemon.ask("DELETE", "/api/v1/items/" + best);
    EXPECT_EQ(std::ranges::count(items_of(daemon.ask("POST", "/api/v1/recommend", all)), best), 0);
    EXPECT_EQ(daemon.ask("GET", "/api/v1/items/" + best).at("available"), false);
    daemon.ask("PUT", "/api/v1/items/x", {{"titel", "no"}}, 400);
    daemon.ask("PUT", "/api/v1/items/x", {{"price", "cheap"}}, 400);
    daemon.ask("PUT", "/api/v1/items/x", {{"attributes", {{"a", {{"b", 1}}}}}}, 400);
    daemon.ask("POST", "/api/v1/items", {{"items", {{{"title", "no key"}}}}}, 400);
    daemon.stop(SIGKILL);
  }
  const Daemon daemon({"--feedback", store});
  const auto after = items_of(daemon.ask("POST", "/api/v1/recommend", {{"user", user}, {"k", 100}}));
  EXPECT_EQ(std::ranges::count(after, "new/1"), 1);
  EXPECT_EQ(std::ranges::count(after, best), 0);
  // A version that is loaded later knows it, too.
  daemon.ask("POST", "/api/v1/models/default/load", {{"run", TrainedRun::get().run()}});
  const Json again = daemon.ask("POST", "/api/v1/recommend", {{"user", user}, {"k", 100}});
  EXPECT_EQ(again.at("model").at("version"), 2);
  EXPECT_EQ(items_of(again), after);
}

TEST(Daemon, ForgetsUsers) {
  const test::TemporaryFolder folder;
  const Daemon daemon({"--feedback", (folder.path() / "f.db").string()});
  const std::string user = daemon.ask("GET", "/api/v1/users?limit=1").at("users").at(0).at("user");
  const std::string item = daemon.ask("GET", "/api/v1/items?limit=1").at("items").at(0).at("item");
  daemon.ask("PUT", "/api/v1/users/" + user, {{"name", "Ann"}, {"attributes", {{"city", "Oslo"}}}});
  EXPECT_EQ(daemon.ask("GET", "/api/v1/users/" + user).at("name"), "Ann");
  daemon.ask("POST", "/api/v1/feedback", {{"events", {{{"id", "1"}, {"user", user}, {"item", item}}}}});
  EXPECT_EQ(daemon.ask("DELETE", "/api/v1/users/" + user).at("forgotten"), true);
  EXPECT_EQ(daemon.ask("GET", "/api/v1/users/" + user, nullptr, 404).at("code"), "NotFound");
  EXPECT_EQ(daemon.ask("GET", "/api/v1/status").at("feedback").at("events"), 0);
  EXPECT_EQ(daemon.ask("POST", "/api/v1/recommend", {{"user", user}, {"k", 1}}).at("fallback"), "popularity");
  daemon.ask("POST", "/api/v1/feedback", {{"events", {{{"id", "2"}, {"user", user}, {"item", item}}}}});
  EXPECT_EQ(daemon.ask("GET", "/api/v1/users/" + user).at("history").size(), 1u) << "what came after is new";
}

TEST(Daemon, EveryProtocolKnowsTheLastClickAndWhatIsTakenOut) {
  const test::TemporaryFolder folder;
  const Daemon daemon({"--feedback", (folder.path() / "f.db").string()});
  const Json items = daemon.ask("GET", "/api/v1/items?limit=2").at("items");
  const std::string clicked = items.at(0).at("item"), removed = items.at(1).at("item");
  daemon.ask("POST", "/api/v1/feedback", {{"events", {{{"id", "1"}, {"user", "zoe"}, {"item", clicked}}}}});
  daemon.ask("DELETE", "/api/v1/items/" + removed);
  const Json own = daemon.ask("POST", "/api/v1/recommend", {{"user", "zoe"}, {"k", 40}});
  const std::vector<std::string> wanted = items_of(own);
  EXPECT_EQ(std::ranges::count(wanted, clicked) + std::ranges::count(wanted, removed), 0);
  const Json row{{"user_id", "zoe"}, {"k", 40}};
  const Json tensorflow = daemon.ask("POST", "/v1/models/default:predict", {{"instances", Json::array({row})}});
  EXPECT_EQ(tensorflow.at("predictions").at(0).at("item_id"), Json(wanted));
  const Json user{{"name", "user_id"}, {"datatype", "BYTES"}, {"shape", {1}}, {"data", {"zoe"}}};
  const Json k{{"name", "k"}, {"datatype", "INT64"}, {"shape", {1}}, {"data", {40}}};
  const Json protocol = daemon.ask("POST", "/v2/models/default/infer", {{"inputs", {user, k}}});
  EXPECT_EQ(protocol.at("outputs").at(0).at("data"), Json(wanted));
  const Json sagemaker = daemon.ask("POST", "/invocations", {{"user", "zoe"}, {"k", 40}});
  EXPECT_EQ(items_of(sagemaker), wanted);
}

// Also the calls that answer about a user in other ways than by a list.
TEST(Daemon, EveryQuestionKnowsTheLastClick) {
  const test::TemporaryFolder folder;
  const Daemon daemon({"--feedback", (folder.path() / "f.db").string()});
  const std::string user = daemon.ask("GET", "/api/v1/users?limit=1").at("users").at(0).at("user");
  const Json items = daemon.ask("GET", "/api/v1/items?limit=40").at("items");
  const auto shown = [&](const std::string& whom) {
    std::vector<std::string> keys;
    const Json answer = daemon.ask("POST", "/api/v1/prompt", {{"prompt", "2-1"}, {"user", whom}});
    for (const Json& item : answer.at("mentioned")) keys.push_back(item.at("item"));
    return keys;
  };
  // An item that nothing of the corpus speaks for, to be clicked by a user of the corpus and by somebody new.
  const Json history = daemon.ask("GET", "/api/v1/users/" + user).at("history");
  const auto is_own = [&](const Json& item) {
    return std::ranges::any_of(history, [&](const Json& own) { return own.at("item") == item.at("item"); });
  };
  std::string clicked;
  for (const Json& item : items) {
    if (!is_own(item)) clicked = item.at("item");
  }
  ASSERT_FALSE(clicked.empty());
  daemon.ask("POST", "/api/v1/prompt", {{"prompt", "2-1"}, {"user", "zoe"}}, 404);
  const std::vector<std::string> before = shown(user);
  const auto rate = [&](const std::string& id, const std::string& whom, const std::string& item, double stars) {
    daemon.ask("POST", "/api/v1/feedback",
               {{"events", {{{"id", id}, {"user", whom}, {"item", item}, {"type", "rating"}, {"value", stars}}}}});
  };
  rate("1", user, clicked, 1);
  rate("2", "zoe", clicked, 5);
  std::vector<std::string> after = before;  // prompts show the newest first, and 20 at most
  after.insert(after.begin(), clicked);
  after.resize(std::min<std::size_t>(after.size(), 20));
  EXPECT_EQ(shown(user), after);
  EXPECT_EQ(shown("zoe"), std::vector<std::string>{clicked});
  EXPECT_EQ(daemon.ask("GET", "/api/v1/users/zoe").at("history").at(0).at("rating"), 5);

  // What nobody has written about is explained by the item that was clicked, where that speaks for it.
  int because = 0;
  for (std::size_t i = 0; i < 10; ++i) {
    const std::string twin = "twin-" + std::to_string(i);
    Json facts{{"title", items.at(i).at("title")}};
    if (items.at(i).contains("categories")) facts["categories"] = items.at(i).at("categories");
    daemon.ask("PUT", "/api/v1/items/" + twin, facts);
    HttpClient client(daemon.port());
    const HttpAnswer answer = client.ask("POST", "/api/v1/explain", Json{{"user", "zoe"}, {"item", twin}}.dump());
    if (answer.status != 200) continue;  // nothing speaks for it
    const Json explained = Json::parse(answer.body);
    EXPECT_EQ(explained.at("user"), "zoe");
    EXPECT_FALSE(explained.contains("history"));
    EXPECT_EQ(explained.at("because").at("item"), clicked);
    ++because;
  }
  EXPECT_GT(because, 0);
  daemon.ask("POST", "/api/v1/explain", {{"item", clicked}, {"history", {clicked}}, {"user", "zoe"}}, 400);
}

TEST(Daemon, ServesSeveralModelsByTheirNames) {
  const Daemon daemon({"--model", "second=" + TrainedRun::get().run()});
  const Json asked = {{"user", "U0000001"}, {"k", 2}, {"source", "item-knn"}};
  Json named = asked;
  named["model"] = "second";
  EXPECT_EQ(daemon.ask("POST", "/api/v1/recommend", named).at("items"),
            daemon.ask("POST", "/api/v1/recommend", asked).at("items"));
  named["model"] = "third";
  daemon.ask("POST", "/api/v1/recommend", named, 404);
}

TEST(Daemon, TakesCompressedBodies) {
  const Daemon daemon({"--set", "serve.max_body=100000"});
  const auto ask = [&](const std::string& body, const std::string& headers) {
    return HttpClient(daemon.port()).ask("POST", "/api/v1/recommend", body, headers);
  };
  const auto zipped = [](const std::string& text) {
    const test::TemporaryFolder folder;
    std::ofstream(folder.path() / "body", std::ios::binary) << text;
    const std::string file = (folder.path() / "body").string();
    EXPECT_EQ(std::system(("gzip -9n " + file).c_str()), 0);
    std::stringstream bytes;
    bytes << std::ifstream(file + ".gz", std::ios::binary).rdbuf();
    return bytes.str();
  };
  const std::string body = Json{{"user", "nobody"}, {"k", 1}}.dump();
  EXPECT_EQ(ask(zipped(body), "Content-Encoding: gzip\r\n").status, 200);
  EXPECT_EQ(ask(zipped(body + std::string(1000000, ' ')), "Content-Encoding: gzip\r\n").status, 413);
  EXPECT_EQ(ask(body, "Content-Encoding: gzip\r\n").status, 400);
  EXPECT_EQ(ask(body, "Content-Encoding: br\r\n").status, 415);
  EXPECT_EQ(ask(body, "Content-Encoding: identity\r\n").status, 200);
}

// The folders of a container that SageMaker starts with one word.
TEST(Daemon, TrainsAndServesAsSageMakerStartsIt) {
  const test::TemporaryFolder folder;
  const std::filesystem::path base = folder.path() / "ml";
  const std::string variable = "SAGEMAKER_BASE_DIR=" + base.string();
  const auto train = [&] {
    return std::system(
        (variable + " " + P5_PROGRAM + " train > " + (folder.path() / "log").string() + " 2>&1").c_str());
  };
  std::filesystem::create_directories(base / "input" / "config");
  std::filesystem::create_directories(base / "input" / "data" / "training");
  std::ofstream log(base / "input" / "data" / "training" / "log.csv");
  log << "user,item,rating,timestamp\n";
  for (int i = 0; i < 400; ++i) {
    log << "u" << i % 40 << ",i" << (i * 7 + i / 40) % 25 << "," << 1 + i % 5 << "," << 1600000000 + i * 100 << "\n";
  }
  log.close();
  std::ofstream(base / "input" / "config" / "hyperparameters.json") << R"({"no_such_option": "1"})";
  EXPECT_NE(train(), 0);
  std::stringstream failure;
  failure << std::ifstream(base / "output" / "failure").rdbuf();
  EXPECT_NE(failure.str().find("no_such_option"), std::string::npos) << failure.str();
  std::filesystem::remove_all(base / "model");
  std::ofstream(base / "input" / "config" / "hyperparameters.json")
      << R"({"max_steps": "3", "minutes": "0.2", "text.pieces": "400", "encoder.epochs": "1", "_tuning_objective_metric": "x"})";
  ASSERT_EQ(train(), 0);
  const Daemon daemon({P5_PROGRAM, "serve"}, {variable, "SAGEMAKER_BIND_TO_PORT=0"});
  EXPECT_EQ(HttpClient(daemon.port()).ask("GET", "/ping").status, 200);
  EXPECT_EQ(items_of(daemon.ask("POST", "/invocations", {{"user", "u1"}, {"k", 3}})).size(), 3u);
}

// What the daemon drew and logged is what the run says of itself: the log's own policy has weights of 1.
TEST(Daemon, AnswersThatExploreCanBeWeighedByTheirLog) {
  const test::TemporaryFolder folder;
  const std::string log = (folder.path() / "answers.jsonl").string();
  const std::string store = (folder.path() / "f.db").string();
  {
    const Daemon daemon({"--feedback", store, "--set", "serve.answer_log=" + log});
    const Json users = daemon.ask("GET", "/api/v1/users?limit=20").at("users");
    int event = 0;
    for (const Json& user : users) {
      const Json asked{{"user", user.at("user")},
                       {"k", 4},
                       {"source", "item-knn"},
                       {"explore", "epsilon"},
                       {"settings", {"rerank.fixed=1", "rerank.strength=0.5"}}};
      const Json answer = daemon.ask("POST", "/api/v1/recommend", asked);
      EXPECT_EQ(answer.at("items").at(0).at("propensity"), 1);
      EXPECT_LT(answer.at("items").at(2).at("propensity").get<double>(), 1);
      daemon.ask("POST", "/api/v1/feedback",
                 {{"events",
                   {{{"id", std::to_string(++event)},
                     {"user", user.at("user")},
                     {"item", answer.at("items").at(0).at("item")},
                     {"request_id", answer.at("request_id")}}}}});
    }
    daemon.ask("POST", "/api/v1/recommend", {{"user", users.at(0).at("user")}, {"k", 2}});
    daemon.ask("POST", "/api/v1/recommend", {{"user", "u"}, {"explore", "best"}}, 400);
  }
  const std::string command = std::string(P5_PROGRAM) + " ope " + TrainedRun::get().run() + " --log " + log +
                              " --feedback sqlite:" + store +
                              " --source item-knn --explore epsilon --set rerank.fixed=1 --set rerank.strength=0.5"
                              " --json --threads 1 -q";
  std::FILE* pipe = ::popen(command.c_str(), "r");
  std::string text;
  char bytes[4096];
  for (std::size_t got = 0; (got = std::fread(bytes, 1, sizeof bytes, pipe)) > 0;) text.append(bytes, got);
  ::pclose(pipe);
  const Json report = Json::parse(text);
  EXPECT_EQ(report.at("decisions").get<int>(), 20);
  EXPECT_EQ(report.at("logged").at("value"), 1.0);
  EXPECT_NEAR(report.at("overlap").at("mean_weight").get<double>(), 1, 1e-6);
  EXPECT_NEAR(report.at("estimates").at("cascade").at("value").get<double>(), 1, 1e-6);
  EXPECT_EQ(report.at("not_used").at(0).at("reason"), "no propensity");
}

TEST(Daemon, SaysHowGoodItsListsAreWhileItServes) {
  const test::TemporaryFolder folder;
  const std::string rules = (folder.path() / "alarms.toml").string();
  std::ofstream(rules) << "[[alarm]]\nname = \"too good\"\nmetric = \"hit_rate\"\ncomparison = \"above\"\n"
                          "threshold = 0.3\n"
                          "[[alarm]]\nmetric = \"coverage\"\ncomparison = \"below\"\nthreshold = 0.001\n";
  const Daemon daemon({"--feedback", (folder.path() / "f.db").string(), "--set", "serve.alarms=" + rules, "--set",
                       "serve.live_delay_s=0", "--set", "serve.live_least=4"});
  const Json users = daemon.ask("GET", "/api/v1/users?limit=6").at("users");
  int event = 0;
  for (const Json& user : users) {
    const Json answer = daemon.ask("POST", "/api/v1/recommend", {{"user", user.at("user")}, {"k", 4}});
    if (++event > 3) continue;  // every second list has a click, on its second place
    daemon.ask("POST", "/api/v1/feedback",
               {{"events",
                 {{{"id", std::to_string(event)},
                   {"user", user.at("user")},
                   {"item", answer.at("items").at(1).at("item")},
                   {"request_id", answer.at("request_id")}}}}});
  }
  Json status;
  for (int tries = 0; tries < 100; ++tries) {
    status = daemon.ask("GET", "/api/v1/status");
    if (status.at("alarms").at(0).at("on").get<bool>()) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  const Json& live = status.at("live");
  EXPECT_EQ(live.at("lists"), 6) << live;
  EXPECT_EQ(live.at("metrics").at("hit_rate"), 0.5);
  EXPECT_EQ(live.at("metrics").at("mrr"), 0.25);
  EXPECT_EQ(live.at("joined"), 3);
  EXPECT_GT(live.at("metrics").at("coverage").get<double>(), 0);
  EXPECT_EQ(live.at("drift").size(), 3U);
  EXPECT_GT(live.at("metrics").at("history_drift").get<double>(), 0);
  EXPECT_EQ(live.at("models").at(0).at("version"), 1);
  EXPECT_TRUE(status.at("alarms").at(0).at("on")) << status.at("alarms");
  EXPECT_FALSE(status.at("alarms").at(1).at("on"));
  HttpClient client(daemon.port());
  const std::string page = client.ask("GET", "/metrics").body;
  EXPECT_NE(page.find("p5_live_hit_rate{model=\"default\",version=\"1\"} 0.5"), std::string::npos) << page;
  EXPECT_NE(page.find("p5_live_drift{of=\"history\"}"), std::string::npos) << page;
  EXPECT_NE(page.find("p5_alarm{alarm=\"too good\"} 1"), std::string::npos) << page;
  EXPECT_NE(page.find("p5_alarm_fired{alarm=\"coverage\"} 0"), std::string::npos) << page;
}

TEST(Daemon, PoliciesLearnFromFeedbackWhileItServesAndAreReadBackAfterAKill) {
  const test::TemporaryFolder folder;
  const std::string bandits = (folder.path() / "bandits").string();
  const std::string log = (folder.path() / "answers.jsonl").string();
  const std::vector<std::string> options{
      "--feedback", (folder.path() / "f.db").string(), "--bandits", bandits,
      "--set",      "serve.answer_log=" + log,         "--set",     "serve.bandits_save_s=0.1"};
  const auto ask = [](const Daemon& daemon, const Json& user, const char* policy) {
    return daemon.ask("POST", "/api/v1/recommend",
                      {{"user", user},
                       {"k", 4},
                       {"source", "item-knn"},
                       {"explore", policy},
                       {"settings", {"rerank.fixed=0", "rerank.pool=10"}}});
  };
  std::string last_id, last_item;
  Json user;
  {
    Daemon daemon(options);
    const Json users = daemon.ask("GET", "/api/v1/users?limit=20").at("users");
    int event = 0;
    for (const Json& each : users) {
      user = each.at("user");
      const Json answer = ask(daemon, user, event % 2 == 0 ? "thompson" : "linucb");
      ASSERT_EQ(answer.at("items").size(), 4U);
      for (const Json& item : answer.at("items")) {
        EXPECT_GT(item.at("propensity").get<double>(), 0);
        if (event % 2 == 1) EXPECT_EQ(item.at("propensity"), 1);
      }
      last_id = answer.at("request_id");
      last_item = answer.at("items").at(1).at("item");
      daemon.ask("POST", "/api/v1/feedback",
                 {{"events",
                   {{{"id", std::to_string(++event)},
                     {"user", user},
                     {"item", answer.at("items").at(0).at("item")},
                     {"request_id", last_id}}}}});
    }
    const Json rows = daemon.ask("GET", "/api/v1/status").at("bandits");
    ASSERT_EQ(rows.size(), 1U);
    EXPECT_EQ(rows.at(0).at("lists"), 20);
    EXPECT_EQ(rows.at(0).at("items"), 80);
    EXPECT_EQ(rows.at(0).at("rewards"), 20);
    std::this_thread::sleep_for(std::chrono::milliseconds(1500));
    daemon.stop(SIGKILL);
  }
  const Daemon daemon(options);
  ask(daemon, user, "thompson");
  daemon.ask("POST", "/api/v1/feedback",
             {{"events", {{{"id", "late"}, {"user", user}, {"item", last_item}, {"request_id", last_id}}}}});
  const Json row = daemon.ask("GET", "/api/v1/status").at("bandits").at(0);
  EXPECT_EQ(row.at("lists"), 21);
  EXPECT_EQ(row.at("rewards"), 21) << "the store was read again, and a list from before the kill got a reward";
  const std::string command = std::string(P5_PROGRAM) + " recommend " + TrainedRun::get().run() + " --user " +
                              user.get<std::string>() + " --source item-knn --explore linucb --bandits ";
  EXPECT_EQ(std::system((command + bandits + " > /dev/null").c_str()), 0);
  EXPECT_NE(std::system((command + folder.path().string() + "/none > /dev/null 2>&1").c_str()), 0);
  std::ifstream lines(log);
  std::string line;
  std::getline(lines, line);
  EXPECT_EQ(Json::parse(line).at("rerank"), "thompson");
}

TEST(Daemon, EveryProtocolIsInTheLogOfAnswersAndFollowsTheSplit) {
  const test::TemporaryFolder folder;
  const std::string log = (folder.path() / "answers.jsonl").string();
  const Daemon daemon({"--feedback", (folder.path() / "f.db").string(), "--set", "serve.answer_log=" + log, "--set",
                       "serve.live_delay_s=0", "--set", "serve.live_least=1"});
  daemon.ask("POST", "/api/v1/models/default/load", {{"run", TrainedRun::get().run()}, {"promote", false}});
  for (int tries = 0; tries < 200; ++tries) {
    const Json models = daemon.ask("GET", "/api/v1/models").at("models");
    if (models.size() == 2 && models.at(1).at("state") == "available" && models.at(0).at("state") == "available") break;
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  daemon.ask("POST", "/api/v1/models/default/split", {{"version", 2}, {"share", 0.5}});
  Json batch = Json::array(), instances = Json::array(), keys = Json::array(), examples = Json::array();
  std::map<std::string, int> versions;  // of each user, by what answers one list
  const Json users = daemon.ask("GET", "/api/v1/users?limit=12").at("users");
  for (const Json& each : users) {
    const std::string user = each.at("user");
    const Json answer = daemon.ask("POST", "/api/v1/recommend", {{"user", user}, {"k", 2}});
    versions[user] = answer.at("model").at("version");
    batch.push_back({{"user", user}, {"k", 2}});
    instances.push_back(user);
    examples.push_back({{"user_id", user}});
    keys.push_back(user);
  }
  int of_second = 0;
  for (const auto& [user, version] : versions) of_second += version == 2 ? 1 : 0;
  EXPECT_GT(of_second, 0);
  EXPECT_LT(of_second, 12);
  batch.push_back({{"user", "x"}, {"k", 2}, {"where", "nonsense<"}});  // fails alone
  const Json answers =
      daemon.ask("POST", "/api/v1/recommend:batch", {{"requests", batch}}, 200, "X-Request-Id: the-batch\r\n")
          .at("answers");
  ASSERT_EQ(answers.size(), 13U);
  for (std::size_t i = 0; i < 12; ++i) {
    EXPECT_EQ(answers.at(i).at("request_id"), "the-batch/" + std::to_string(i));
    EXPECT_EQ(answers.at(i).at("model").at("version"), versions.at(users.at(i).at("user")));
  }
  EXPECT_TRUE(answers.at(12).contains("error"));
  daemon.ask("POST", "/v1/models/default:predict", {{"instances", instances}}, 200, "X-Request-Id: tf\r\n");
  daemon.ask("POST", "/v1/models/default:classify", {{"examples", examples}}, 200, "X-Request-Id: cl\r\n");
  daemon.ask("POST", "/v2/models/default/infer",
             {{"inputs", {{{"name", "user_id"}, {"datatype", "BYTES"}, {"shape", {12}}, {"data", keys}}}}}, 200,
             "X-Request-Id: v2\r\n");
  std::map<std::string, int> lines;
  std::ifstream file(log);
  for (std::string line; std::getline(file, line);) {
    const Json answer = Json::parse(line);
    const std::string id = answer.at("request_id");
    ++lines[id.substr(0, id.find('/'))];
    EXPECT_EQ(answer.at("version"), versions.at(answer.at("user"))) << id;
  }
  for (const char* id : {"the-batch", "tf", "cl", "v2"}) EXPECT_EQ(lines[id], 12) << id;
  // A click on a list of a batch is joined with it.
  daemon.ask("POST", "/api/v1/feedback",
             {{"events",
               {{{"id", "1"},
                 {"user", users.at(3).at("user")},
                 {"item", answers.at(3).at("items").at(0).at("item")},
                 {"request_id", "the-batch/3"}}}}});
  EXPECT_EQ(daemon.ask("GET", "/api/v1/status").at("live").at("joined"), 1);
}

TEST(Daemon, PoliciesThatLearnNeedAFolder) {
  const Daemon daemon;
  const Json users = daemon.ask("GET", "/api/v1/users?limit=1").at("users");
  const Json refused =
      daemon.ask("POST", "/api/v1/recommend", {{"user", users.at(0).at("user")}, {"explore", "thompson"}}, 400);
  EXPECT_NE(refused.at("error").get<std::string>().find("--bandits"), std::string::npos) << refused;
}

TEST(Daemon, BadAlarmsAreOneErrorAtTheStart) {
  const test::TemporaryFolder folder;
  const std::string rules = (folder.path() / "alarms.toml").string();
  std::ofstream(rules) << "[[alarm]]\nmetric = \"hits\"\ncomparison = \"above\"\nthreshold = 0.3\n";
  EXPECT_THROW(Daemon({"--feedback", (folder.path() / "f.db").string(), "--set", "serve.alarms=" + rules}),
               std::runtime_error);
}

TEST(Daemon, TheIdOfARequestNamesItsDraw) {
  const Daemon daemon;
  const std::string user = daemon.ask("GET", "/api/v1/users?limit=1").at("users").at(0).at("user");
  const Json drawn{{"user", user},
                   {"k", 6},
                   {"source", "item-knn"},
                   {"explore", true},
                   {"settings", {"rerank.fixed=0", "rerank.strength=1"}}};
  const auto list = [&](const std::string& id) {
    return items_of(daemon.ask("POST", "/api/v1/recommend", drawn, 200, "X-Request-Id: " + id + "\r\n"));
  };
  EXPECT_EQ(list("one"), list("one"));
  std::vector<std::vector<std::string>> others;
  for (int i = 0; i < 5; ++i) others.push_back(list("other" + std::to_string(i)));
  EXPECT_TRUE(std::ranges::any_of(others, [&](const auto& other) { return other != others.front(); }));
}

// Every example of /openapi.json, with a real user, item and run in its places.
TEST(Daemon, AnswersEveryExampleOfItsDescription) {
  const test::TemporaryFolder folder;
  const Daemon daemon({"--feedback", (folder.path() / "f.db").string()});
  const std::string user = daemon.ask("GET", "/api/v1/users?limit=1").at("users").at(0).at("user");
  const std::string item = daemon.ask("GET", "/api/v1/items?limit=1").at("items").at(0).at("item");
  const auto filled = [&](std::string text) {
    for (const auto& [name, value] :
         {std::pair<std::string, std::string>{"USER", user}, {"ITEM", item}, {"RUN", TrainedRun::get().run()}}) {
      for (std::size_t at = 0; (at = text.find(name, at)) != std::string::npos; at += value.size())
        text.replace(at, name.size(), value);
    }
    return text;
  };
  const Json description = daemon.ask("GET", "/openapi.json");
  std::size_t asked = 0;
  // Loading comes first, so that versions can be promoted, and unloading last.
  std::vector<std::pair<std::string, std::string>> calls;
  for (const auto& [path, methods] : description.at("paths").items()) {
    for (const auto& [method, operation] : methods.items()) calls.emplace_back(path, method);
  }
  const auto order = [](const std::pair<std::string, std::string>& call) {
    return call.first.ends_with("/load") ? 0 : call.first.ends_with("/rollback") ? 2 : call.second == "delete" ? 3 : 1;
  };
  std::ranges::stable_sort(calls, {}, order);
  for (const auto& [path, method] : calls) {
    const Json& operation = description.at("paths").at(path).at(method);
    std::string target = path, query;
    for (const Json& parameter : operation.value("parameters", Json::array())) {
      const Json& example = parameter.at("example");
      const std::string value = filled(example.is_string() ? example.get<std::string>() : example.dump());
      const std::string name = parameter.at("name");
      if (parameter.at("in") == "path") {
        target.replace(target.find("{" + name + "}"), name.size() + 2, value);
      } else {
        query += (query.empty() ? "?" : "&") + name + "=" + value;
      }
    }
    const bool has_body = operation.contains("requestBody");
    const std::string body =
        has_body ? filled(operation.at("requestBody").at("content").at("application/json").at("example").dump()) : "";
    HttpClient client(daemon.port());
    std::string verb = method;
    for (char& letter : verb) letter = static_cast<char>(std::toupper(letter));
    const HttpAnswer answer = client.ask(verb, target + query, body);
    // What the tiny run was not trained for is refused as described.
    const bool described = operation.at("responses").contains(std::to_string(answer.status));
    EXPECT_TRUE(described) << verb << " " << target << ": " << answer.status << " " << answer.body;
    EXPECT_TRUE(answer.status == 200 || answer.status == 501 || target.ends_with("/rollback"))
        << verb << " " << target << ": " << answer.status << " " << answer.body;
    ++asked;
  }
  EXPECT_GT(asked, 20u);
}

TEST(Daemon, RefusesBadRequestsWithOneSentence) {
  const Daemon daemon;
  EXPECT_EQ(daemon.ask("POST", "/api/v1/recommend", {{"user", "nobody at all"}, {"strict", true}}, 404).at("code"),
            "NotFound");
  EXPECT_EQ(daemon.ask("POST", "/api/v1/recommend", {{"k", 3}}, 400).at("code"), "InvalidArgument");
  EXPECT_EQ(daemon.ask("POST", "/api/v1/recommend", Json::array(), 400).at("code"), "InvalidArgument");
  EXPECT_EQ(daemon.ask("POST", "/api/v1/similar", {{"item", "no such item"}}, 404).at("code"), "NotFound");
  EXPECT_EQ(daemon.ask("GET", "/api/v1/nothing", nullptr, 404).at("code"), "NotFound");
  EXPECT_EQ(daemon.ask("GET", "/api/v1/recommend", nullptr, 405).at("code"), "InvalidArgument");
  EXPECT_EQ(daemon.ask("GET", "/api/v1/users?limit=-1", nullptr, 400).at("code"), "InvalidArgument");
  EXPECT_EQ(daemon.ask("POST", "/api/v1/feedback", {{"events", {{{"id", "1"}}}}}, 501).at("code"), "Unsupported");
  EXPECT_EQ(daemon.ask("POST", "/api/v1/models/default/load", {{"run", "/no/such/run"}}, 404).at("code"), "NotFound");
  EXPECT_EQ(daemon.ask("POST", "/api/v1/models/other/promote", {{"version", 1}}, 404).at("code"), "NotFound");
}

TEST(Daemon, AsksForAKeyWhereThereIsOne) {
  const test::TemporaryFolder folder;
  const std::string keys = (folder.path() / "keys").string();
  std::ofstream(keys) << "# ours\nsecret\n";
  const Daemon daemon({"--set", "serve.keys=" + keys});
  EXPECT_EQ(daemon.ask("GET", "/api/v1/models", nullptr, 401).at("code"), "Unauthenticated");
  daemon.ask("GET", "/api/v1/models", nullptr, 401, "X-API-Key: secre\r\n");
  daemon.ask("GET", "/api/v1/models", nullptr, 200, "Authorization: Bearer secret\r\n");
  daemon.ask("GET", "/health/ready");
}

TEST(Daemon, SwapsModelsUnderLoadWithoutAFailedRequest) {
  Daemon daemon;
  const std::string user = daemon.ask("GET", "/api/v1/users?limit=1").at("users").at(0).at("user");
  std::atomic<bool> stopping{false};
  std::atomic<int> answered{0}, failed{0};
  std::vector<std::thread> clients;
  for (int i = 0; i < 4; ++i) {
    clients.emplace_back([&] {
      HttpClient client(daemon.port());
      while (!stopping) {
        const HttpAnswer answer = client.ask("POST", "/api/v1/recommend", Json{{"user", user}, {"k", 3}}.dump());
        ++(answer.status == 200 ? answered : failed);
      }
    });
  }
  for (int i = 0; i < 5; ++i) daemon.ask("POST", "/api/v1/models/default/load", {{"run", TrainedRun::get().run()}});
  daemon.ask("POST", "/api/v1/models/default/load", {{"run", "/no/such/run"}}, 404);
  const Json models = daemon.ask("POST", "/api/v1/models/default/rollback", Json::object());
  stopping = true;
  for (auto& client : clients) client.join();
  EXPECT_GT(answered.load(), 0);
  EXPECT_EQ(failed.load(), 0);
  int serving = 0;
  for (const Json& model : models.at("models")) serving += model.at("serving").get<bool>() ? 1 : 0;
  EXPECT_EQ(serving, 1);
}

TEST(Daemon, ReloadsOnHangUpAndEndsWellOnTerm) {
  Daemon daemon;
  daemon.signal(SIGHUP);
  bool reloaded = false;
  Json models;
  for (int i = 0; i < 200 && !reloaded; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    models = daemon.ask("GET", "/api/v1/models").at("models");
    for (const Json& model : models) reloaded |= model.at("version") == 2 && model.at("serving") == true;
  }
  EXPECT_TRUE(reloaded) << models;
  EXPECT_EQ(daemon.stop(), 0);
}

TEST(Daemon, TakesTheUpdatedRunOnHangUp) {
  const test::TemporaryFolder folder;
  const std::string live = (folder.path() / "live").string(), events = (folder.path() / "events.jsonl").string();
  std::ofstream(events).close();
  const auto update = [&](const std::string& settings) {
    return std::system((std::string(P5_PROGRAM) + " update " + live + " --run " + TrainedRun::get().run() + " --from " +
                        events + " --threads 1 -q " + settings + " > " + (folder.path() / "log").string() + " 2>&1")
                           .c_str());
  };
  ASSERT_EQ(update(""), 0);  // makes the folder
  const Daemon daemon({P5_PROGRAM, "serve", live + "/current", "--port", "0", "--log-level", "warning", "--set",
                       "serve.access_log=off"},
                      {});
  const Json question{{"user", "somebody new"}, {"k", 3}, {"source", "item-knn"}};
  const Json popular = daemon.ask("POST", "/api/v1/recommend", question);
  EXPECT_EQ(popular.value("fallback", ""), "popularity");
  std::ofstream lines(events);
  int time = 1;
  for (const std::string& item : items_of(popular)) {
    lines << Json{{"user", "somebody new"}, {"item", item}, {"timestamp", ++time}} << "\n";
  }
  lines.close();
  ASSERT_EQ(update("--set update.min_events=3 --set update.promote=always --set train.max_steps=1 --set "
                   "hybrid.after_training=false"),
            0);
  // The link is another one now, and the daemon still has the run that it loaded.
  EXPECT_EQ(daemon.ask("POST", "/api/v1/recommend", question).value("fallback", ""), "popularity");
  daemon.signal(SIGHUP);
  bool known = false;
  for (int i = 0; i < 200 && !known; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    known = !daemon.ask("POST", "/api/v1/recommend", question).contains("fallback");
  }
  EXPECT_TRUE(known);
}

TEST(Daemon, CountsForPrometheus) {
  const Daemon daemon;
  const Json popular = daemon.ask("POST", "/api/v1/recommend", {{"user", "nobody"}});
  for (const Json& item : popular.at("items")) EXPECT_EQ(item.at("propensity"), 1);
  daemon.ask("POST", "/api/v1/recommend:batch", {{"requests", {{{"user", "nobody"}}, {{"user", "nobody else"}}}}});
  daemon.ask("POST", "/v1/models/default:predict", {{"instances", {"nobody"}}});
  daemon.ask("POST", "/v1/models/default:classify", {{"examples", {{{"user_id", "nobody"}}}}});
  const Json user{{"name", "user_id"}, {"datatype", "BYTES"}, {"shape", {1}}, {"data", {"nobody"}}};
  daemon.ask("POST", "/v2/models/default/infer", {{"inputs", {user}}});
  daemon.ask("GET", "/api/v1/models");
  HttpClient client(daemon.port());
  const HttpAnswer page = client.ask("GET", "/metrics");
  EXPECT_EQ(page.status, 200);
  EXPECT_NE(page.headers.find("text/plain; version=0.0.4"), std::string::npos);
  EXPECT_NE(page.body.find("p5_http_requests_total{code=\"200\",route=\"/api/v1/models\"} 1"), std::string::npos)
      << page.body;
  EXPECT_NE(page.body.find("p5_model_info{name=\"default\",version=\"1\"} 1"), std::string::npos);
  EXPECT_NE(page.body.find("p5_fallback_total{reason=\"popularity\"} 6"), std::string::npos) << page.body;
  EXPECT_EQ(page.body.back(), '\n');
}

Json answer_of(const std::string& command) {
  std::FILE* pipe = ::popen(command.c_str(), "r");
  std::string text;
  char bytes[4096];
  for (std::size_t got = 0; (got = std::fread(bytes, 1, sizeof bytes, pipe)) > 0;) text.append(bytes, got);
  ::pclose(pipe);
  const Json parsed = Json::parse(text, nullptr, false);
  EXPECT_FALSE(parsed.is_discarded()) << command << ": " << text;
  return parsed;
}

TEST(Daemon, ARunIsKeptFreshFromKafka) {
  const test::TemporaryFolder folder;
  test::KafkaCluster cluster;
  std::string user, item;
  {
    const Daemon daemon;
    user = daemon.ask("GET", "/api/v1/users?limit=1").at("users").at(0).at("user");
    item = daemon.ask("GET", "/api/v1/items?limit=1").at("items").at(0).at("item");
  }
  const auto now_ms =
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
          .count();
  int sent = 0;
  const auto send = [&](int count) {
    for (int i = 0; i < count; ++i, ++sent) {
      const Json event{{"id", "k" + std::to_string(sent)},
                       {"user", sent % 2 == 0 ? user : "newcomer"},
                       {"item", item},
                       {"timestamp", now_ms - 100'000 + sent}};
      cluster.send(sent % 2, event.dump());
    }
  };
  const std::string command = std::string(P5_PROGRAM) + " update " + (folder.path() / "live").string() + " --run " +
                              TrainedRun::get().run() + " --from " + cluster.address() +
                              " --set train.max_steps=2 --set update.min_events=6 --set update.promote=always --set "
                              "hybrid.after_training=false --set update.prequential=2 --threads 1 -q --json";
  send(8);
  const Json first = answer_of(command);
  EXPECT_TRUE(first.at("trained").get<bool>()) << first;
  EXPECT_EQ(first.at("events").at("used"), 8);
  EXPECT_EQ(first.at("events").at("partitions"), (Json{4, 4}));
  const Json second = answer_of(command);
  EXPECT_FALSE(second.at("trained").get<bool>());
  EXPECT_EQ(second.at("events").at("read"), 0) << "the offsets were committed with the generation";
  send(6);
  cluster.send(0, "no event");
  const Json third = answer_of(command);
  EXPECT_TRUE(third.at("trained").get<bool>()) << third;
  EXPECT_EQ(third.at("events").at("used"), 6);
  EXPECT_EQ(third.at("events").at("not_used").at(0).at("reason"), "no event of feedback");
  EXPECT_EQ(third.at("events").at("partitions"), (Json{8, 7}));
  EXPECT_EQ(third.at("source").get<std::string>(), cluster.address());
}

// A row of a contract: what is sent, and what comes back. "USER" and "ITEM" stand for real ones; an expectation is a
// part of the answer.
struct ContractRow {
  const char *method, *path, *body;
  int status;
  const char* part;
};

void expect_rows(const Daemon& daemon, const std::vector<ContractRow>& rows) {
  const std::string user = daemon.ask("GET", "/api/v1/users?limit=1").at("users").at(0).at("user");
  const std::string item = daemon.ask("GET", "/api/v1/items?limit=1").at("items").at(0).at("item");
  for (const ContractRow& row : rows) {
    std::string body = row.body;
    for (const auto& [name, value] : {std::pair<std::string, std::string>{"USER", user}, {"ITEM", item}}) {
      for (std::size_t at = 0; (at = body.find(name, at)) != std::string::npos; at += value.size())
        body.replace(at, name.size(), value);
    }
    HttpClient client(daemon.port());
    const HttpAnswer answer = client.ask(row.method, row.path, body);
    EXPECT_EQ(answer.status, row.status) << row.method << " " << row.path << " " << row.body << ": " << answer.body;
    EXPECT_NE(answer.body.find(row.part), std::string::npos) << row.path << " " << row.body << ": " << answer.body;
    if (row.status != 200) {
      const Json error = Json::parse(answer.body, nullptr, false);
      EXPECT_TRUE(error.is_object() && error.contains("error")) << answer.body;
    }
  }
}

TEST(Daemon, SpeaksAsTensorFlowServing) {
  const Daemon daemon;
  expect_rows(
      daemon,
      {
          {"GET", "/v1/models/default", "", 200,
           R"({"model_version_status":[{"state":"AVAILABLE","status":{"error_code":"OK","error_message":""},"version":"1"}]})"},
          {"GET", "/V1/Models/default/Versions/1", "", 200, R"("version":"1")"},
          {"GET", "/v1/models/default/versions/9", "", 404, "Could not find version 9 of model default"},
          {"GET", "/v1/models/none", "", 404, "Could not find any versions of model none"},
          {"GET", "/v1/models/default/labels/x", "", 400, R"({"error":"Unrecognized servable version label: x"})"},
          {"GET", "/v1/models/default/labels/canary", "", 400, "Unrecognized servable version label: canary"},
          {"GET", "/v1/models/default/labels/stable", "", 200, R"("version":"1")"},
          {"GET", "/v1/models/default/labels/stable/metadata", "", 200, R"("version":"1")"},
          {"POST", "/v1/models/default/labels/x:predict", R"({"instances":["USER"]})", 400,
           "Unrecognized servable version label: x"},
          {"POST", "/v1/models/none/labels/stable:predict", R"({"instances":["USER"]})", 400,
           "Unrecognized servable version label: stable"},
          {"POST", "/v1/models/default/labels/stable:predict", R"({"instances":["USER"]})", 200, R"({"predictions":[)"},
          {"POST", "/v1/models/none:predict", "", 400, "JSON Parse error: The document is empty"},
          {"POST", "/v1/models/none:predict", "{}", 404, "Servable not found for request: Latest(none)"},
          {"POST", "/v1/models/none:regress", "{}", 400, "key 'examples' is expected and was not found"},
          {"GET", "/v1/models/default/metadata", "", 200, R"("signature_def":{"signature_def":{"serving_default")"},
          {"GET", "/v1/models", "", 400, "Missing model name in request."},
          {"GET", "/v1/foo", "", 400, "Malformed request: GET /v1/foo"},
          {"POST", "/v1/models/default/versions/1/labels/x:predict", "{}", 400, "Malformed request"},
          {"POST", "/v1/models/default/versions/99999999999999999999:predict", "{}", 400, "Failed to convert version"},
          {"POST", "/v1/models/none:predict", R"({"instances":["USER"]})", 404,
           "Servable not found for request: Latest(none)"},
          {"POST", "/v1/models/default/versions/7:predict", R"({"instances":["USER"]})", 404,
           "Servable not found for request: Specific(default, 7)"},
          {"POST", "/v1/models/default:predict", "", 400, "JSON Parse error: The document is empty"},
          {"POST", "/v1/models/default:predict", "{\"a\":", 400, "JSON Parse error"},
          {"POST", "/v1/models/default:predict", "[1]", 400, "Is not object"},
          {"POST", "/v1/models/default:predict", R"({"signature_name":1})", 400, "must be a string"},
          {"POST", "/v1/models/default:predict", R"({"signature_name":"x","instances":[1]})", 400,
           "not found in signature def"},
          {"POST", "/v1/models/default:predict", R"({"instances":["USER"],"inputs":["USER"]})", 400,
           "expecting only one of 'inputs' or 'instances' keys to exist"},
          {"POST", "/v1/models/default:predict", R"({"instances":1})", 400,
           "Excepting 'instances' to be an list/array"},
          {"POST", "/v1/models/default:predict", R"({"instances":[]})", 400, "No values in 'instances' array"},
          {"POST", "/v1/models/default:predict", "{}", 400, "Missing 'inputs' or 'instances' key"},
          {"POST", "/v1/models/default:predict", R"({"instances":["USER",{"user_id":"USER"}]})", 400,
           "Expecting value/list but got object at item 1 of input list"},
          {"POST", "/v1/models/default:predict", R"({"instances":[{"user":"USER"}]})", 400,
           "does not have named input: user"},
          {"POST", "/v1/models/default:predict", R"({"instances":[NaN]})", 400, "JSON Parse error"},
          {"POST", "/v1/models/default:predict", R"({"instances":["USER"]})", 200, R"({"predictions":[{"item_id":[")"},
          {"POST", "/v1/models/default:predict", R"({"instances":[{"history":["ITEM"],"k":1}]})", 200, R"("score":[)"},
          {"POST", "/v1/models/default:predict", R"({"inputs":{"user_id":["USER"],"k":2}})", 200,
           R"({"outputs":{"item_id":[[")"},
          {"POST", "/v1/models/default:classify", R"({"examples":[{"user_id":"USER"}]})", 200, R"({"results":[[[")"},
          {"POST", "/v1/models/default:classify", R"({"examples":[]})", 400, "examples"},
          {"POST", "/v1/models/default:classify", R"({"context":{"user_id":["USER"]},"examples":[{}]})", 200,
           R"({"results":[[[")"},
          {"POST", "/v1/models/default:regress", R"({"examples":[{"user_id":"USER","item_id":"ITEM"}]})", 200,
           R"({"results":[)"},
      });
}

TEST(Daemon, SpeaksTheOpenInferenceProtocol) {
  const Daemon daemon;
  expect_rows(
      daemon,
      {
          {"GET", "/v2", "", 200, R"("name":"p5")"},
          {"GET", "/v2/", "", 200, R"("extensions":["binary_tensor_data"])"},
          {"GET", "/v2/health/live", "", 200, ""},
          {"GET", "/v2/health/ready", "", 200, ""},
          {"GET", "/v2/models/default", "", 200, R"("platform":"p5_safetensors")"},
          {"GET", "/v2/models/default/versions/1/ready", "", 200, ""},
          {"GET", "/v2/models/none", "", 404, "no such model"},
          {"GET", "/v2/models/default/versions/x", "", 404, "no such version"},
          {"POST", "/v2/models/default/infer", "", 400, "bad body"},
          {"POST", "/v2/models/default/infer", R"({"id":"7"})", 400, "inputs"},
          {"POST", "/v2/models/default/infer",
           R"({"inputs":[{"name":"user_id","shape":[2],"datatype":"BYTES","data":["USER"]}]})", 400,
           "expected 2 elements, got 1"},
          {"POST", "/v2/models/default/infer",
           R"({"inputs":[{"name":"user_id","shape":[1],"datatype":"FP32","data":["USER"]}]})", 400, "datatype"},
          {"POST", "/v2/models/default/infer",
           R"({"inputs":[{"name":"other","shape":[1],"datatype":"BYTES","data":["USER"]}]})", 400, "unknown input"},
          {"POST", "/v2/models/default/infer",
           R"({"id":"7","inputs":[{"name":"user_id","shape":[1,1],"datatype":"BYTES","data":[["USER"]]},{"name":"k","shape":[1],"datatype":"INT64","data":[3]}]})",
           200, R"("shape":[1,3])"},
          {"POST", "/v2/models/default/versions/1/infer",
           R"({"id":"7","inputs":[{"name":"history","shape":[1,2],"datatype":"BYTES","data":["ITEM",""]}],"outputs":[{"name":"item_id"}]})",
           200, R"("id":"7")"},
      });
}

TEST(Daemon, LabelsNameVersions) {
  const Daemon daemon;
  const auto version_of = [&](const std::string& label, int status = 200) {
    const Json answer = daemon.ask("GET", "/v1/models/default/labels/" + label, nullptr, status);
    return status == 200 ? answer.at("model_version_status").at(0).at("version").get<std::string>() : "";
  };
  const auto change = [&](const char* what, const Json& body, int status = 200) {
    return daemon.ask("POST", std::string("/api/v1/models/default/") + what, body, status);
  };
  change("load", {{"run", TrainedRun::get().run()}, {"promote", false}});
  change("label", {{"label", "beta"}, {"version", 2}});
  EXPECT_EQ(version_of("beta"), "2");
  EXPECT_EQ(version_of("stable"), "1");
  version_of("canary", 400);
  change("split", {{"version", 2}, {"share", 0.5}});
  EXPECT_EQ(version_of("canary"), "2");
  const Json models = change("promote", {{"version", 2}});
  EXPECT_EQ(version_of("stable"), "2");
  version_of("canary", 400);
  EXPECT_EQ(models.at("models").at(1).at("labels"), Json({"stable", "beta"}));
  const std::string user = daemon.ask("GET", "/api/v1/users?limit=1").at("users").at(0).at("user");
  daemon.ask("POST", "/v1/models/default/labels/beta:predict", {{"instances", {user}}});
  change("label", {{"label", "beta"}, {"version", 9}}, 404);
  change("label", {{"label", "stable"}, {"version", 1}}, 400);
  change("label", {{"version", 1}}, 400);
  change("label", {{"label", "beta"}, {"version", 1}});
  EXPECT_EQ(version_of("beta"), "1") << "a label is of one version";
  // A version with a label stays loaded.
  for (int i = 0; i < 4; ++i) change("load", {{"run", TrainedRun::get().run()}});
  EXPECT_EQ(version_of("beta"), "1");
  change("label", {{"label", "beta"}, {"version", 0}});
  version_of("beta", 400);
}

// Raw tensors after the JSON, in both directions.
TEST(Daemon, TakesAndGivesRawTensors) {
  using namespace std::string_literals;
  const Daemon daemon;
  const std::string user = daemon.ask("GET", "/api/v1/users?limit=1").at("users").at(0).at("user");
  const Json users{{"name", "user_id"}, {"datatype", "BYTES"}, {"shape", {1}}, {"data", {user}}};
  const Json k{{"name", "k"}, {"datatype", "INT64"}, {"shape", {1}}, {"data", {3}}};
  const Json plain = daemon.ask("POST", "/v2/models/default/infer", {{"inputs", {users, k}}});
  const std::string raw = std::string(1, static_cast<char>(user.size())) + "\0\0\0"s + user + "\3\0\0\0\0\0\0\0"s;
  const std::string json =
      R"({"id": "x", "inputs": [{"name": "user_id", "datatype": "BYTES", "shape": [1], "parameters": {"binary_data_size": )" +
      std::to_string(user.size() + 4) +
      R"(}}, {"name": "k", "datatype": "INT64", "shape": [1], "parameters": {"binary_data_size": 8}}],
          "outputs": [{"name": "item_id", "parameters": {"binary_data": true}}, {"name": "score"}]})";
  const std::string header = "Inference-Header-Content-Length: " + std::to_string(json.size()) + "\r\n";
  const HttpAnswer answer = HttpClient(daemon.port()).ask("POST", "/v2/models/default/infer", json + raw, header);
  ASSERT_EQ(answer.status, 200) << answer.body;
  EXPECT_NE(answer.headers.find("application/octet-stream"), std::string::npos) << answer.headers;
  const auto at = answer.headers.find("Inference-Header-Content-Length: ");
  ASSERT_NE(at, std::string::npos) << answer.headers;
  const std::size_t length = std::stoul(answer.headers.substr(at + 33));
  const Json outputs = Json::parse(answer.body.substr(0, length)).at("outputs");
  EXPECT_EQ(outputs.at(1), plain.at("outputs").at(1));
  std::string wanted;
  for (const Json& each : plain.at("outputs").at(0).at("data")) {
    const std::string item = each;
    wanted += std::string(1, static_cast<char>(item.size())) + "\0\0\0"s + item;
  }
  EXPECT_EQ(answer.body.substr(length), wanted);
  EXPECT_EQ(outputs.at(0).at("parameters").at("binary_data_size"), wanted.size());
  // The length that is not said, or wrong.
  HttpClient client(daemon.port());
  EXPECT_EQ(client.ask("POST", "/v2/models/default/infer", json + raw).status, 400);
  EXPECT_EQ(client.ask("POST", "/v2/models/default/infer", json, header).status, 400);
}

TEST(Daemon, SpeaksAsAContainerOfSageMaker) {
  const Daemon daemon;
  expect_rows(daemon, {
                          {"GET", "/ping", "", 200, ""},
                          {"POST", "/invocations", R"({"user":"USER","k":2})", 200, R"("items":[)"},
                          {"POST", "/invocations", R"({"requests":[{"user":"USER","k":2}]})", 200, R"("answers":[)"},
                          {"POST", "/invocations", "no json", 400, "no JSON"},
                      });
  HttpClient client(daemon.port());
  EXPECT_EQ(client.ask("POST", "/invocations", "u1", "Content-Type: text/csv\r\n").status, 415);
}

}  // namespace
}  // namespace p5
