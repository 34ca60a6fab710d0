// hearth_serve_soak [REQUESTS]: a server of its own under short requests of every kind for a long time, beside a
// thousand idle connections, and with two hundred streams at once. It fails where an answer is wrong or the server's
// memory grows.
#include <curl/curl.h>
#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <exception>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "serve/serve_probe.h"
#include "serve/serve_process.h"
#include "serve/soak_requests.h"
#include "support/tiny_model.h"

namespace hearth::testing {
namespace {

constexpr std::size_t kIdle = 1000, kStreams = 200, kClients = 8;
// What idle connections and streams may cost in all: 32 KiB for each connection, with its buffers in the server.
constexpr std::uint64_t kConnectionBytes = std::uint64_t{(kIdle + kStreams) * 32} << 10;
// Growth that is allowed between the first tenth of the requests and the last: allocators keep some pages back, and
// that does not grow with the number of requests.
constexpr std::uint64_t kGrowthBytes = std::uint64_t{24} << 20;
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif

double mebibytes(std::uint64_t bytes) { return static_cast<double>(bytes) / (1 << 20); }

void require(bool holds, const std::string& what) {
  if (!holds) throw std::runtime_error(what);
}

/// Resident bytes of the server besides its KV caches, which keep beginnings of prompts up to their limit on purpose.
std::uint64_t memory_of(const ServeProcess& server) {
  const json::value status = HttpClient(server.port()).get("/hearth/status").json();
  std::uint64_t kv = 0;
  for (const json::value& model : status.at("models").as_array()) {
    const auto bytes = model.at("kv_bytes").to_number<std::uint64_t>();
    require(bytes <= model.at("kv_limit_bytes").to_number<std::uint64_t>(), "a KV cache is larger than its limit");
    kv += bytes;
  }
  const std::uint64_t resident = server.resident_bytes();
  std::printf("%.1f MiB resident, %.1f besides KV caches\n", mebibytes(resident), mebibytes(resident - kv));
  std::fflush(stdout);
  return resident - kv;
}

void make_models(const ServeHome& home) {
  constexpr const char* kTemplate =
      "{% for m in messages %}{{ m.role }}:{{ m.content }}\n{% endfor %}{% if add_generation_prompt %}a{% endif %}";
  make_tiny_llama(home.models() / "tiny.gguf");
  make_tiny_llama(home.models() / "chat.gguf", 2, {.context = 4096, .name = "Chat", .chat_template = kTemplate});
  make_tiny_bert(home.models() / "bert.gguf");
}

/// `n` requests by several clients. Errors: the first of any client's.
void send_requests(std::uint16_t port, std::int64_t n, std::uint64_t seed) {
  std::atomic<std::int64_t> left = n;
  std::mutex mutex;
  std::exception_ptr problem;
  std::vector<std::thread> clients;
  for (std::size_t i = 0; i < kClients; ++i) {
    clients.emplace_back([&, i] {
      try {
        SoakClient client(port, seed * kClients + i);
        while (left.fetch_sub(1) > 0) client.step();
      } catch (...) {
        const std::lock_guard lock(mutex);
        problem = std::current_exception();
        left = 0;
      }
    });
  }
  for (std::thread& client : clients) client.join();
  if (problem != nullptr) std::rethrow_exception(problem);
}

/// Connections that ask now and then, so that the server does not close them for being idle too long.
class IdleConnections {
 public:
  explicit IdleConnections(std::uint16_t port) {
    for (std::size_t i = 0; i < kIdle; ++i) clients_.emplace_back(port);
    ask_all();
    thread_ = std::thread([this] { keep(); });
  }
  ~IdleConnections() { finish(); }
  IdleConnections(const IdleConnections&) = delete;
  IdleConnections& operator=(const IdleConnections&) = delete;

  /// Asks once more. Errors: where one of them was not answered, now or before.
  void check() {
    finish();
    if (problem_ != nullptr) std::rethrow_exception(problem_);
    ask_all();
  }

 private:
  void ask_all() {
    for (RawClient& client : clients_) {
      client.request("GET", "/health");
      require(client.response().status == 200, "an idle connection was not kept");
    }
  }
  void keep() {
    constexpr std::chrono::seconds kOften{20};  // the server waits 75
    std::unique_lock lock(mutex_);
    try {
      while (!changed_.wait_for(lock, kOften, [this] { return is_over_; })) ask_all();
    } catch (...) {
      problem_ = std::current_exception();
    }
  }
  void finish() {
    {
      const std::lock_guard lock(mutex_);
      is_over_ = true;
    }
    changed_.notify_all();
    if (thread_.joinable()) thread_.join();
  }

  std::deque<RawClient> clients_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_over_ = false;
  std::exception_ptr problem_;
  std::thread thread_;
};

/// All of them at once, each to its end; others are served meanwhile.
void stream_to_many(const ServeProcess& server) {
  const HttpClient client(server.port());
  std::deque<RawClient> streams;
  // The server is halted until all of them have asked: else, where this program has to wait for the processor, the
  // first answer is over before the last begins.
  const std::string body = endless("chat", 400);
  const std::string length = "Content-Length: " + std::to_string(body.size()) + "\r\n";
  for (std::size_t i = 0; i < kStreams; ++i)
    streams.emplace_back(server.port()).request("POST", "/v1/completions", {}, length);
  server.signal(SIGSTOP);
  for (RawClient& stream : streams) stream.send(body);
  server.signal(SIGCONT);
  for (RawClient& stream : streams) stream.read_until("data: ");
  require(running(client, "chat") == kStreams, "not all streams run at once");
  const auto began = std::chrono::steady_clock::now();
  SoakClient(server.port(), 1).step();
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  std::printf("  %zu streams beside %zu idle connections: another is served in %.3f s\n", kStreams, kIdle,
              took.count());
  for (RawClient& stream : streams)
    require(stream.read_until("[DONE]").find("\"length\"") != std::string::npos, "a stream ended before its time");
}

/// The clients' own; the server sees to its.
void allow_many_descriptors() {
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
}

void soak(std::int64_t requests) {
  const ServeHome home;
  make_models(home);
  const ServeProcess server(home, free_port(), {"--max-running", "256", "--memory", "512MiB"});
  allow_many_descriptors();
  const std::int64_t part = std::max<std::int64_t>(1, requests / 20);
  send_requests(server.port(), 2 * part, 1);
  std::printf("  %lld requests: ", static_cast<long long>(2 * part));
  const std::uint64_t before = memory_of(server);

  IdleConnections idle(server.port());
  stream_to_many(server);
  stream_to_many(server);
  std::printf("  with all these connections: ");
  const std::uint64_t with_connections = memory_of(server);
  std::uint64_t most = 0;
  for (std::int64_t done = 2 * part; done < requests; done += part) {
    send_requests(server.port(), std::min(part, requests - done), static_cast<std::uint64_t>(done));
    std::printf("  %lld requests: ", static_cast<long long>(done + part));
    most = std::max(most, memory_of(server));
  }
  idle.check();
  const HttpClient client(server.port());
  for (const char* model : {"tiny", "chat", "bert"})
    require(comes_true([&] { return running(client, model) <= 0; }), std::string(model) + " still runs something");
  if (kSanitized) {
    std::printf("  memory is not judged: a sanitizer keeps its own beside the server's\n");
    return;
  }
  require(with_connections <= before + kConnectionBytes + kGrowthBytes, "connections cost more than they may");
  require(most <= std::max(before, with_connections) + kGrowthBytes, "the server's memory grows with its requests");
}

}  // namespace
}  // namespace hearth::testing

int main(int argc, char** argv) {
  curl_global_init(CURL_GLOBAL_DEFAULT);
  try {
    const auto began = std::chrono::steady_clock::now();
    const std::int64_t requests = argc > 1 ? std::atoll(argv[1]) : 100'000;
    hearth::testing::soak(requests);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
    std::printf("%lld requests in %.0f s: every answer right\n", static_cast<long long>(requests), took.count());
    return 0;
  } catch (const std::exception& problem) {
    std::fprintf(stderr, "soak: %s\n", problem.what());
    return 1;
  }
}
