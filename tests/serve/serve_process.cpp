#include "serve/serve_process.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <thread>

#include "support/http_client.h"

namespace hearth::testing {

std::uint16_t free_port() {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  const bool bound = ::bind(fd, reinterpret_cast<const sockaddr*>(&address), size) == 0 &&
                     ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  ::close(fd);
  if (!bound) throw std::runtime_error("no free port");
  return ntohs(address.sin_port);
}

ServeHome::ServeHome() { std::filesystem::create_directories(models()); }

ServeProcess::ServeProcess(const ServeHome& home, std::uint16_t port, const std::vector<std::string>& more,
                           const rlimit* files)
    : port_(port) {
  std::vector<std::string> arguments = {
      HEARTH_BINARY, "serve",       "--models-dir", home.models().string(), "--port", std::to_string(port), "--threads",
      "1",           "--log-level", "off"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  // Nothing of the person who runs the tests is read or written.
  const std::string folder = "HOME=" + home.folder().string(), path = "PATH=/usr/bin:/bin";
  std::array<char*, 3> environment = {const_cast<char*>(folder.c_str()), const_cast<char*>(path.c_str()), nullptr};
  pid_ = ::fork();
  if (pid_ < 0) throw std::runtime_error("no process for a test");
  if (pid_ == 0) {  // only what is safe between fork and exec
    const int nothing = ::open("/dev/null", O_RDWR);
    for (const int fd : {0, 1, 2}) ::dup2(nothing, fd);
    if (files != nullptr && ::setrlimit(RLIMIT_NOFILE, files) != 0) ::_exit(126);
    ::execve(argv[0], argv.data(), environment.data());
    ::_exit(127);
  }
  const HttpClient client(port);
  const auto until = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  while (client.get("/health").status != 200) {
    if (std::chrono::steady_clock::now() > until) throw std::runtime_error("the server does not answer");
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

ServeProcess::~ServeProcess() {
  if (pid_ < 0) return;
  signal(SIGKILL);
  wait();
}

void ServeProcess::signal(int number) const { ::kill(pid_, number); }

void ServeProcess::take_no_more_memory() const {
  std::ifstream file("/proc/" + std::to_string(pid_) + "/statm");
  std::uint64_t pages = 0;
  file >> pages;
  const rlim_t bytes = pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  const rlimit limit{bytes, bytes};
  if (pages == 0 || ::prlimit(pid_, RLIMIT_AS, &limit, nullptr) != 0)
    throw std::runtime_error("the memory of a process cannot be limited");
}

int ServeProcess::wait() {
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
  return status;
}

std::uint64_t ServeProcess::resident_bytes() const {
  std::ifstream file("/proc/" + std::to_string(pid_) + "/statm");
  std::uint64_t size = 0, resident = 0;
  file >> size >> resident;
  return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace hearth::testing
