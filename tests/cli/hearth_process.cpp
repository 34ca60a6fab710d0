#include "hearth_process.h"

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <system_error>
#include <utility>

extern char** environ;

namespace hearth::testing {
namespace {

constexpr int kPatienceMs = 30'000;

struct Pipe {
  int read_end = -1, write_end = -1;
};

Pipe make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) std::abort();
  return {ends[0], ends[1]};
}

void close_fd(int& fd) {
  if (fd >= 0) ::close(fd);
  fd = -1;
}

std::vector<std::string> child_environment(const std::filesystem::path& home,
                                           const std::map<std::string, std::string>& more) {
  std::map<std::string, std::string> variables;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    // Sanitizer settings and the library path must reach the child; the person's own settings must not.
    if (!text.starts_with("HEARTH_") && !text.starts_with("XDG_") && !text.starts_with("NO_COLOR")) {
      variables[text.substr(0, text.find('='))] = text.substr(text.find('=') + 1);
    }
  }
  variables["HOME"] = home.string();
  variables["TERM"] = "xterm";
  for (const auto& [name, value] : more) variables[name] = value;
  std::vector<std::string> result;
  result.reserve(variables.size());
  for (const auto& [name, value] : variables) result.push_back(name + "=" + value);
  return result;
}

std::vector<char*> pointers(std::vector<std::string>& strings) {
  std::vector<char*> result;
  result.reserve(strings.size() + 1);
  for (std::string& string : strings) result.push_back(string.data());
  result.push_back(nullptr);
  return result;
}

[[noreturn]] void become_hearth(const Start& start, const std::filesystem::path& folder, char* const* arguments,
                                char* const* environment) {
  ::signal(SIGINT, SIG_DFL);  // a job in the background would have it ignored
  if (::chdir(folder.c_str()) != 0) ::_exit(120);
  if (start.without_stdout) ::close(STDOUT_FILENO);
  if (!start.stdout_file.empty()) {
    const int fd = ::open(start.stdout_file.c_str(), O_WRONLY);
    if (fd < 0 || ::dup2(fd, STDOUT_FILENO) < 0) ::_exit(121);
    ::close(fd);
  }
  ::execve(start.program.c_str(), arguments, environment);
  ::_exit(122);
}

}  // namespace

HearthProcess::HearthProcess(const std::filesystem::path& home, const Start& start) : is_terminal_(start.at_terminal) {
  ::signal(SIGPIPE, SIG_IGN);
  std::vector<std::string> arguments = start.arguments;
  arguments.insert(arguments.begin(), start.program);
  std::vector<std::string> environment = child_environment(home, start.environment);
  const auto argument_pointers = pointers(arguments), environment_pointers = pointers(environment);
  const std::filesystem::path folder = start.folder.empty() ? home : start.folder;
  if (is_terminal_) {
    winsize size{24, 100, 0, 0};
    pid_ = ::forkpty(&out_fd_, nullptr, nullptr, &size);
    if (pid_ < 0) throw std::system_error(errno, std::generic_category(), "forkpty");
    if (pid_ == 0) become_hearth(start, folder, argument_pointers.data(), environment_pointers.data());
    in_ = out_fd_;
    return;
  }
  const Pipe in = make_pipe(), out = make_pipe(), err = make_pipe();
  pid_ = ::fork();
  if (pid_ < 0) throw std::system_error(errno, std::generic_category(), "fork");  // kill(-1) would be everybody's end
  if (pid_ == 0) {
    ::dup2(in.read_end, STDIN_FILENO);
    ::dup2(out.write_end, STDOUT_FILENO);
    ::dup2(err.write_end, STDERR_FILENO);
    become_hearth(start, folder, argument_pointers.data(), environment_pointers.data());
  }
  ::close(in.read_end);
  ::close(out.write_end);
  ::close(err.write_end);
  in_ = in.write_end;
  out_fd_ = out.read_end;
  err_fd_ = err.read_end;
}

HearthProcess::~HearthProcess() {
  if (!waited_ && pid_ > 0) {
    ::kill(pid_, SIGKILL);
    wait_child(kPatienceMs);
  }
  if (!is_terminal_) close_fd(in_);
  close_fd(out_fd_);
  close_fd(err_fd_);
}

void HearthProcess::write(const std::string& input) {
  std::size_t done = 0;
  while (done < input.size()) {
    if (in_ < 0) return;  // the terminal is closed
    // A pipe holds 64 KiB: reading in between keeps both sides going. What the child does not want to read is let go.
    const std::size_t part = std::min<std::size_t>(input.size() - done, 4096);
    pollfd ready{in_, POLLOUT, 0};
    if (::poll(&ready, 1, 100) > 0 && (ready.revents & POLLERR) != 0) return;
    if ((ready.revents & POLLOUT) != 0) {
      const ssize_t n = ::write(in_, input.data() + done, part);
      if (n <= 0) return;
      done += static_cast<std::size_t>(n);
    }
    read_more(0);
  }
}

void HearthProcess::close_input() {
  if (!is_terminal_) close_fd(in_);
}

void HearthProcess::close_output() { close_fd(out_fd_); }

void HearthProcess::signal(int number) { ::kill(pid_, number); }

/// False when there is nothing more to come.
bool HearthProcess::read_more(int timeout_ms) {
  pollfd fds[2] = {{out_fd_, POLLIN, 0}, {err_fd_, POLLIN, 0}};  // poll() passes over -1
  if (out_fd_ < 0 && err_fd_ < 0) return false;
  if (::poll(fds, 2, timeout_ms) <= 0) return true;
  const auto drain = [](pollfd& ready, int& fd, std::string& into) {
    if (ready.revents == 0) return;
    char buffer[1 << 14];
    const ssize_t n = ::read(fd, buffer, sizeof(buffer));
    if (n > 0) {
      into.append(buffer, static_cast<std::size_t>(n));
    } else {
      close_fd(fd);  // a terminal whose other side is gone gives EIO
    }
  };
  const bool shares_fd = is_terminal_;
  drain(fds[0], out_fd_, out_);
  drain(fds[1], err_fd_, err_);
  if (shares_fd && out_fd_ < 0) in_ = -1;
  return true;
}

bool HearthProcess::wait_for(const std::string& text) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(kPatienceMs);
  while (true) {
    if (const std::size_t found = out_.find(text, searched_); found != std::string::npos) {
      searched_ = found + text.size();
      return true;
    }
    if (std::chrono::steady_clock::now() > deadline || !read_more(100)) return false;
  }
}

void HearthProcess::wait_child(int timeout_ms) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_ms);
  bool killed = false;
  while (!waited_) {
    int status = 0;
    const pid_t done = ::waitpid(pid_, &status, WNOHANG);
    if (done == pid_) {
      waited_ = true;
      if (WIFEXITED(status)) status_ = WEXITSTATUS(status);
      if (WIFSIGNALED(status)) status_ = 128 + WTERMSIG(status);
      if (killed) status_ = -1;
      return;
    }
    if (std::chrono::steady_clock::now() > deadline && !killed) {
      ::kill(pid_, SIGKILL);
      killed = true;
    }
    if (!read_more(20)) ::usleep(5000);
  }
}

Finished HearthProcess::finish() {
  close_input();
  wait_child(kPatienceMs);
  // What is still in the pipes; at a terminal the end shows as an error, after which the descriptor is closed.
  for (int i = 0; i < 10'000 && read_more(0); ++i) {
    pollfd fds[2] = {{out_fd_, POLLIN, 0}, {err_fd_, POLLIN, 0}};
    if (::poll(fds, 2, 0) <= 0) break;
  }
  return {status_, out_, err_};
}

Finished run_hearth(const std::filesystem::path& home, const Start& start, const std::string& input) {
  HearthProcess process(home, start);
  process.write(input);
  return process.finish();
}

}  // namespace hearth::testing
