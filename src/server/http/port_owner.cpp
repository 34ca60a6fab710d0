#include "server/http/port_owner.h"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <set>

#include "base/quote.h"

namespace hearth {
namespace {

/// The inodes of the sockets that listen on the port, by the columns of /proc/net/tcp.
void collect_inodes(const std::filesystem::path& table, std::uint16_t port, std::set<std::string>& inodes) {
  std::ifstream file(table);
  std::string line;
  while (std::getline(file, line)) {
    unsigned local_port = 0, state = 0;
    char inode[32] = {};
    constexpr unsigned kListen = 0x0A;
    if (std::sscanf(line.c_str(), " %*[^:]: %*[0-9A-Fa-f]:%x %*s %x %*s %*s %*s %*s %*s %31s", &local_port, &state,
                    inode) == 3 &&
        local_port == port && state == kListen) {
      inodes.insert(inode);
    }
  }
}

bool holds(const std::filesystem::path& process, const std::set<std::string>& inodes) {
  std::error_code error;
  for (std::filesystem::directory_iterator it(process / "fd", error), end; !error && it != end; it.increment(error)) {
    std::error_code unreadable;
    const std::string target = std::filesystem::read_symlink(it->path(), unreadable).string();
    constexpr std::string_view kPrefix = "socket:[";
    if (unreadable || !target.starts_with(kPrefix)) continue;
    if (inodes.contains(target.substr(kPrefix.size(), target.size() - kPrefix.size() - 1))) return true;
  }
  return false;
}

}  // namespace

std::string port_owner(std::uint16_t port, const std::filesystem::path& proc) {
  std::set<std::string> inodes;
  collect_inodes(proc / "net/tcp", port, inodes);
  collect_inodes(proc / "net/tcp6", port, inodes);
  if (inodes.empty()) return {};
  std::error_code error;
  for (std::filesystem::directory_iterator it(proc, error), end; !error && it != end; it.increment(error)) {
    const std::string pid = it->path().filename().string();
    if (!std::all_of(pid.begin(), pid.end(), [](char c) { return c >= '0' && c <= '9'; })) continue;
    if (!holds(it->path(), inodes)) continue;
    std::string name;
    std::ifstream file(it->path() / "comm");
    std::getline(file, name);
    if (name.empty()) return "process " + pid;
    const std::string quoted = quote(name);  // a process may call itself anything
    return quoted.substr(1, quoted.size() - 2) + " (process " + pid + ")";
  }
  return {};
}

}  // namespace hearth
