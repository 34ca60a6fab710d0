#include <fmt/format.h>
#include <fmt/ranges.h>
#include <pthread.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <initializer_list>
#include <semaphore>
#include <thread>

#include "cli/command_line.h"
#include "cli/notice.h"
#include "cli/program.h"
#include "cli/serve_flags.h"
#include "cli/verbs.h"
#include "hearth/server.h"

namespace hearth::cli {
namespace {

/// The signals that this verb waits for, held back in every thread that is started while it lives: no handler, and so
/// nothing that a handler must not do.
class HeldSignals {
 public:
  HeldSignals() {
    ::sigemptyset(&set_);
    for (const int number : {SIGINT, SIGTERM, SIGHUP}) ::sigaddset(&set_, number);
    ::pthread_sigmask(SIG_BLOCK, &set_, &before_);
  }
  ~HeldSignals() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  HeldSignals(const HeldSignals&) = delete;
  HeldSignals& operator=(const HeldSignals&) = delete;

  int wait() const {
    int number = 0;
    while (::sigwait(&set_, &number) != 0) {
    }
    return number;
  }

 private:
  sigset_t set_{}, before_{};
};

/// Waits for the server beside the signals, and wakes who waits for those when it has ended.
class ServerWatch {
 public:
  explicit ServerWatch(Server& server)
      : thread_([this, &server, waiter = ::pthread_self()] {
          try {
            server.wait();
          } catch (...) {
            problem_ = std::current_exception();
          }
          has_ended_ = true;
          ::pthread_kill(waiter, SIGTERM);  // NOLINT(bugprone-bad-signal-to-kill-thread): it waits for it
        }) {}
  ~ServerWatch() {
    if (thread_.joinable()) thread_.join();
  }
  ServerWatch(const ServerWatch&) = delete;
  ServerWatch& operator=(const ServerWatch&) = delete;

  bool has_ended() const { return has_ended_; }
  void finish() {
    thread_.join();
    if (problem_) std::rethrow_exception(problem_);
  }

 private:
  std::atomic<bool> has_ended_{false};
  std::exception_ptr problem_;
  std::thread thread_;  // last: it uses the others
};

/// Says it from any state: it needs no memory.
void say(std::initializer_list<const char*> parts) {
  for (const char* part : parts) {
    if (::write(STDERR_FILENO, part, std::strlen(part)) < 0) break;
  }
}

/// Ends this process from any state: it needs neither memory nor another thread.
[[noreturn]] void end_badly(const char* problem) {
  say({"hearth: it cannot stop in order: ", problem, "; it ends at once\n"});
  ::_exit(kFailed);
}

/// Stops the server when it is told to, on a thread that is there from the start: at the time there may be none to be
/// had, and who asks a server to stop then has no other way.
class ServerStopper {
 public:
  explicit ServerStopper(Server& server)
      : thread_([this, &server] {
          wanted_.acquire();
          if (!has_begun_) return;
          try {
            server.stop(patience_);
          } catch (const std::exception& error) {
            end_badly(error.what());
          }
        }) {}
  ~ServerStopper() {
    if (!has_begun_) wanted_.release();
    thread_.join();
  }
  ServerStopper(const ServerStopper&) = delete;
  ServerStopper& operator=(const ServerStopper&) = delete;

  bool has_begun() const { return has_begun_; }
  /// Once.
  void begin(std::chrono::milliseconds patience) {
    patience_ = patience;
    has_begun_ = true;
    wanted_.release();
  }

 private:
  std::binary_semaphore wanted_{0};
  std::chrono::milliseconds patience_{0};
  bool has_begun_ = false;  // both are written before wanted_ is released
  std::thread thread_;      // last: it uses the others
};

void reload(Server& server, const ServeFlags& flags, const std::vector<std::string>& models,
            std::chrono::milliseconds& stop_patience) {
  try {
    const ServeOptions options = flags.options(models);
    server.reload(options);
    stop_patience = options.stop_patience;
  } catch (const Error& error) {
    notice(fmt::format("hearth: {}; it goes on as before", error.message()));
    if (!error.hint().empty()) notice(error.hint());
  }
}

/// What can fail while it serves must not keep it from hearing the next signal.
template <class Work>
void try_to(Work work) {
  try {
    work();
  } catch (const std::exception& error) {
    say({"hearth: ", error.what(), "; it goes on as before\n"});
  }
}

/// The usual soft limit is there for programs that use select(); a server needs what it is allowed.
void raise_descriptor_limit() {
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur == files.rlim_max) return;
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);  // where it is refused, fewer connections are taken
}

void warn_of_readable_keys(const std::string& path) {
  struct stat status = {};
  if (path.empty() || ::stat(path.c_str(), &status) != 0 || (status.st_mode & S_IROTH) == 0) return;
  notice(fmt::format("{}: everybody on this machine can read these keys; chmod 600 keeps them to yourself", path));
}

}  // namespace

int serve_verb(const Arguments& arguments) {
  CommandLine line(
      "serve", "[MODEL…]",
      "Offers models over HTTP, for everything that speaks OpenAI's, Ollama's or Anthropic's API. Without\n"
      "MODEL every model on this disk is offered, and each is loaded when it is first asked. Ctrl-C stops\n"
      "it when what runs has ended, a second one at once; SIGHUP reads the settings again.",
      "hearth serve\n"
      "hearth serve qwen2.5:0.5b --preload\n"
      "hearth serve --models-dir ~/models --port 8080 --keep-alive -1\n"
      "hearth serve --host 0.0.0.0 --api-keys keys.toml --tls-cert cert.pem --tls-key key.pem");
  ServeFlags flags;
  flags.add_to(line);
  if (!line.parse(arguments)) return kDone;

  // The kernels look for it in the environment.
  if (const std::string cpu = flags.setting("cpu"); !cpu.empty()) ::setenv("HEARTH_CPU", cpu.c_str(), 1);
  const ServeOptions options = flags.options(line.words());
  warn_of_readable_keys(flags.setting("serve.api_keys"));
  std::chrono::milliseconds stop_patience = options.stop_patience;
  raise_descriptor_limit();
  const HeldSignals signals;
  Server server(options);
  server.start();
  notice(fmt::format("Hearth answers at {}; Ctrl-C stops it", fmt::join(server.addresses(), " and ")));
  ServerStopper stopper(server);  // first: without the watch it can go, and not the other way round
  ServerWatch watch(server);
  while (true) {
    const int number = signals.wait();
    if (watch.has_ended()) break;
    if (number == SIGHUP) {
      if (!stopper.has_begun()) try_to([&] { reload(server, flags, line.words(), stop_patience); });
      continue;
    }
    if (stopper.has_begun()) ::_exit(kInterrupted);  // who asks twice does not want to wait
    try_to([] { notice("stopping: what runs may finish; once more to stop at once"); });
    stopper.begin(stop_patience);
  }
  watch.finish();
  return kDone;
}

}  // namespace hearth::cli
