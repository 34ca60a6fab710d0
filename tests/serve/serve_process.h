// `hearth serve` as a process of its own, for tests that kill it or look at its memory.
#pragma once

#include <sys/resource.h>
#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "support/temporary_folder.h"

namespace hearth::testing {

/// A port of 127.0.0.1 that nobody had a moment ago.
std::uint16_t free_port();

/// A new folder for models and settings, which goes with everything in it.
class ServeHome {
 public:
  ServeHome();

  const std::filesystem::path& folder() const { return folder_.path(); }
  std::filesystem::path models() const { return folder_.path() / "models"; }

 private:
  TemporaryFolder folder_;
};

class ServeProcess {
 public:
  /// Starts it with the models of `home` on `port`, on one thread, without a log. `files`: its limits of descriptors.
  /// Errors: std::runtime_error where it does not answer within a minute.
  ServeProcess(const ServeHome& home, std::uint16_t port, const std::vector<std::string>& more = {},
               const rlimit* files = nullptr);
  ~ServeProcess();  ///< kills it where it still runs
  ServeProcess(const ServeProcess&) = delete;
  ServeProcess& operator=(const ServeProcess&) = delete;

  std::uint16_t port() const { return port_; }
  void signal(int number) const;
  /// From now on it gets no more memory from the system than it has, and so no thread either.
  void take_no_more_memory() const;
  /// Its status as waitpid() gives it. Waits until it has ended.
  int wait();
  std::uint64_t resident_bytes() const;

 private:
  std::uint16_t port_;
  pid_t pid_ = -1;
};

}  // namespace hearth::testing
