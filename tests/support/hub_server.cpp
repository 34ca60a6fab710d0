#include "support/hub_server.h"

#include <openssl/evp.h>

#include <algorithm>
#include <atomic>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/json.hpp>
#include <chrono>
#include <condition_variable>
#include <list>
#include <thread>

namespace hearth::testing {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;
using Tcp = boost::asio::ip::tcp;
using Request = http::request<http::empty_body>;

std::string hex_hash(const EVP_MD* algorithm, const std::string& bytes) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  EVP_Digest(bytes.data(), bytes.size(), digest, &size, algorithm, nullptr);
  static const char* kDigits = "0123456789abcdef";
  std::string text;
  for (unsigned i = 0; i < size; ++i) {
    text += kDigits[digest[i] >> 4];
    text += kDigits[digest[i] & 15];
  }
  return text;
}

struct StoredFile {
  std::string content;
  bool large = true;
  std::string sha256, git_id;
};

struct Repository {
  std::map<std::string, StoredFile> files;
  std::string token, token_error;
  std::optional<std::string> api_answer;
};

}  // namespace

struct HubServer::Impl {
  boost::asio::io_context io;
  Tcp::acceptor acceptor{io, {boost::asio::ip::make_address("127.0.0.1"), 0}};
  std::atomic<bool> closing = false;
  std::atomic<std::uint64_t> sent = 0;
  mutable std::mutex mutex;
  std::map<std::string, Repository> repositories;
  std::map<std::string, std::string> paths;
  std::string cdn;
  Faults faults, api_faults;
  std::vector<SeenRequest> seen;
  std::list<std::thread> threads;
  std::list<std::shared_ptr<Tcp::socket>> sockets;
  std::thread listener;

  std::string own_address() const { return "http://127.0.0.1:" + std::to_string(acceptor.local_endpoint().port()); }
  static std::string commit_of(const std::string& repository) { return hex_hash(EVP_sha1(), repository); }

  std::string describe(const std::string& name, const Repository& repository) const {
    namespace json = boost::json;
    json::array siblings;
    for (const auto& [file, stored] : repository.files) {
      json::object entry = {{"rfilename", file}, {"size", stored.content.size()}, {"blobId", stored.git_id}};
      if (stored.large) {
        entry["lfs"] = {{"sha256", stored.sha256}, {"size", stored.content.size()}, {"pointerSize", 134}};
      }
      siblings.push_back(std::move(entry));
    }
    return json::serialize(json::object{{"id", name},
                                        {"sha", commit_of(name)},
                                        {"private", !repository.token.empty()},
                                        {"gated", false},
                                        {"cardData", {{"license", "apache-2.0"}}},
                                        {"siblings", std::move(siblings)}});
  }

  /// Takes one of a counted fault.
  Faults take(Faults& from) {
    const std::lock_guard lock(mutex);
    Faults taken = from;
    if (from.times > 0) {
      --from.times;
    } else {
      taken.status = 0;
    }
    return taken;
  }

  void answer(Tcp::socket& socket, const Request& request, int status, const std::string& body,
              const std::vector<std::pair<std::string, std::string>>& headers = {}) {
    http::response<http::string_body> response(static_cast<http::status>(status), request.version());
    for (const auto& [name, value] : headers) response.set(name, value);
    response.body() = body;
    response.prepare_payload();
    response.keep_alive(request.keep_alive());
    boost::system::error_code ignored;
    http::write(socket, response, ignored);
  }

  void answer_fault(Tcp::socket& socket, const Request& request, const Faults& fault) {
    std::vector<std::pair<std::string, std::string>> headers;
    if (!fault.error_code.empty()) headers.emplace_back("X-Error-Code", fault.error_code);
    if (!fault.retry_after.empty()) headers.emplace_back("Retry-After", fault.retry_after);
    answer(socket, request, fault.status, "{\"error\":\"on purpose\"}", headers);
  }

  bool write_slowly(Tcp::socket& socket, std::string_view bytes, const Faults& fault) {
    const std::size_t step =
        fault.bytes_per_second == 0 ? std::size_t{1} << 20 : std::max<std::size_t>(1, fault.bytes_per_second / 50);
    while (!bytes.empty() && !closing) {
      const std::string_view now = bytes.substr(0, step);
      boost::system::error_code failure;
      boost::asio::write(socket, boost::asio::buffer(now), failure);
      if (failure) return false;
      sent += now.size();
      bytes.remove_prefix(now.size());
      if (fault.bytes_per_second != 0) std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    return !closing;
  }

  /// False: the connection is to be closed.
  bool give_file(Tcp::socket& socket, const Request& request, const std::string& whole, const std::string& etag) {
    Faults fault;
    bool cut = false;
    bool flip = false;
    {
      const std::lock_guard lock(mutex);
      fault = faults;
      if (faults.cut_times > 0) {
        --faults.cut_times;
        cut = true;
      }
      flip = faults.wrong_bytes && faults.wrong_bytes_times != 0;
      if (flip && faults.wrong_bytes_times > 0) --faults.wrong_bytes_times;
    }
    std::string content = fault.short_file ? whole.substr(0, whole.size() / 2) : whole;
    if (flip && !content.empty()) content[content.size() / 3] ^= 1;
    std::uint64_t first = 0;
    std::uint64_t last = content.empty() ? 0 : content.size() - 1;
    const std::string range = request[http::field::range];
    const bool ranged = !fault.no_ranges && range.starts_with("bytes=");
    if (ranged) {
      first = std::stoull(range.substr(6));
      const std::string end = range.substr(range.find('-') + 1);
      if (first >= content.size()) {
        answer(socket, request, 416, "", {{"Content-Range", "bytes */" + std::to_string(content.size())}});
        return true;
      }
      if (!end.empty()) last = std::min<std::uint64_t>(last, std::stoull(end));
      if (fault.wrong_range) {
        first = std::min<std::uint64_t>(first + 1, content.size() - 1);
        last = std::max(first, last);
      }
    }
    std::string body = content.substr(first, last - first + 1);
    body += std::string(fault.extra_bytes, 'x');
    std::string head = "HTTP/1.1 " + std::string(ranged ? "206 Partial Content" : "200 OK") + "\r\nETag: \"" + etag +
                       "\"\r\nAccept-Ranges: bytes\r\n";
    if (!fault.no_length) {
      head += "Content-Length: " + std::to_string(body.size() + fault.promised_bytes) + "\r\n";
    }
    if (ranged) {
      head += "Content-Range: bytes " + std::to_string(first) + "-" + std::to_string(last) + "/" +
              std::to_string(content.size()) + "\r\n";
    }
    head += "\r\n";
    boost::system::error_code failure;
    boost::asio::write(socket, boost::asio::buffer(head), failure);
    if (failure) return false;
    if (cut) {
      write_slowly(socket, std::string_view(body).substr(0, fault.cut_after), fault);
      return false;
    }
    return write_slowly(socket, body, fault) && !fault.no_length;
  }

  bool may_read(const Repository& repository, const Request& request) const {
    return repository.token.empty() || request[http::field::authorization] == "Bearer " + repository.token;
  }

  bool handle(Tcp::socket& socket, const Request& request) {
    const std::string target(request.target());
    {
      const std::lock_guard lock(mutex);
      seen.push_back({request.method_string(), target, request[http::field::authorization], request[http::field::range],
                      request[http::field::host]});
    }
    if (target.starts_with("/api/models/")) return handle_api(socket, request, target);
    if (target.starts_with("/cdn/")) return handle_cdn(socket, request, target);
    const Faults fault = take(faults);
    if (fault.stall) return stall();
    if (fault.status != 0) {
      answer_fault(socket, request, fault);
      return true;
    }
    std::optional<std::string> path_content;
    {
      const std::lock_guard lock(mutex);
      if (const auto found = paths.find(target); found != paths.end()) path_content = found->second;
    }
    if (path_content) return give_file(socket, request, *path_content, "path");
    return handle_resolve(socket, request, target);
  }

  bool stall() {
    while (!closing) std::this_thread::sleep_for(std::chrono::milliseconds(20));
    return false;
  }

  bool handle_api(Tcp::socket& socket, const Request& request, const std::string& target) {
    const Faults fault = take(api_faults);
    if (fault.stall) return stall();
    if (fault.status != 0) {
      answer_fault(socket, request, fault);
      return true;
    }
    const std::string rest = target.substr(12);
    const std::size_t mark = rest.find("/revision/");
    const std::string name = rest.substr(0, mark);
    std::string body;
    int status = 200;
    std::string error_code, other_case;
    {
      const std::lock_guard lock(mutex);
      const auto found = repositories.find(name);
      for (const auto& [known, repository] : repositories) {
        if (found == repositories.end() && beast::iequals(known, name)) other_case = known;
      }
      const std::string revision =
          mark == std::string::npos ? "main" : rest.substr(mark + 10, rest.find('?') - mark - 10);
      if (!other_case.empty()) {
        status = 307;
      } else if (found == repositories.end()) {
        status = 401;  // what the hub says to strangers
        error_code = "RepoNotFound";
      } else if (!may_read(found->second, request)) {
        status = found->second.token_error == "GatedRepo" ? 403 : 401;
        error_code = found->second.token_error;
      } else if (revision != "main" && revision != commit_of(name)) {
        status = 404;
        error_code = "RevisionNotFound";
      } else {
        body = found->second.api_answer ? *found->second.api_answer : describe(name, found->second);
      }
    }
    std::vector<std::pair<std::string, std::string>> headers;
    if (!error_code.empty()) headers.emplace_back("X-Error-Code", error_code);
    if (!other_case.empty()) headers.emplace_back("Location", "/api/models/" + other_case + rest.substr(mark));
    answer(socket, request, status, body, headers);
    return true;
  }

  /// "/owner/repo/resolve/COMMIT/FILE".
  bool handle_resolve(Tcp::socket& socket, const Request& request, const std::string& target) {
    const std::size_t mark = target.find("/resolve/");
    const std::size_t file_at = mark == std::string::npos ? mark : target.find('/', mark + 9);
    if (file_at == std::string::npos) {
      answer(socket, request, 404, "", {{"X-Error-Code", "RepoNotFound"}});
      return true;
    }
    const std::string name = target.substr(1, mark - 1);
    const std::string file = target.substr(file_at + 1);
    std::optional<StoredFile> stored;
    bool allowed = false;
    std::string to;
    {
      const std::lock_guard lock(mutex);
      if (const auto found = repositories.find(name); found != repositories.end()) {
        allowed = may_read(found->second, request);
        if (const auto entry = found->second.files.find(file); entry != found->second.files.end())
          stored = entry->second;
      }
      to = faults.redirect_to;
      if (to.empty()) to = (cdn.empty() ? own_address() : cdn) + "/cdn/" + name + "/" + file + "?X-Signature=1";
    }
    if (!allowed || !stored) {
      answer(socket, request, allowed ? 404 : 401, "", {{"X-Error-Code", allowed ? "EntryNotFound" : "RepoNotFound"}});
      return true;
    }
    if (!stored->large) return give_file(socket, request, stored->content, stored->git_id);
    answer(socket, request, 302, "Found",
           {{"Location", to},
            {"X-Repo-Commit", commit_of(name)},
            {"X-Linked-Size", std::to_string(stored->content.size())},
            {"X-Linked-ETag", "\"" + stored->sha256 + "\""}});
    return true;
  }

  bool handle_cdn(Tcp::socket& socket, const Request& request, const std::string& target) {
    const std::string rest = target.substr(5, target.find('?') - 5);
    const std::size_t slash = rest.find('/', rest.find('/') + 1);
    std::optional<StoredFile> stored;
    {
      const std::lock_guard lock(mutex);
      const auto found = repositories.find(rest.substr(0, slash));
      if (found != repositories.end()) {
        const auto entry = found->second.files.find(rest.substr(slash + 1));
        if (entry != found->second.files.end()) stored = entry->second;
      }
    }
    const Faults fault = take(faults);
    if (fault.stall) return stall();
    if (fault.status != 0) {
      answer_fault(socket, request, fault);
      return true;
    }
    if (!stored) {
      answer(socket, request, 403, "");
      return true;
    }
    return give_file(socket, request, stored->content, stored->sha256);
  }

  void serve(const std::shared_ptr<Tcp::socket>& socket) {
    beast::flat_buffer buffer;
    while (!closing) {
      Request request;
      boost::system::error_code failure;
      http::read(*socket, buffer, request, failure);
      if (failure || !handle(*socket, request)) break;
    }
    boost::system::error_code ignored;
    socket->shutdown(Tcp::socket::shutdown_both, ignored);
  }

  void listen() {
    while (!closing) {
      auto socket = std::make_shared<Tcp::socket>(io);
      boost::system::error_code failure;
      acceptor.accept(*socket, failure);
      if (failure || closing) return;
      const std::lock_guard lock(mutex);
      sockets.push_back(socket);
      threads.emplace_back([this, socket] { serve(socket); });
    }
  }
};

HubServer::HubServer() : impl_(std::make_unique<Impl>()) {
  impl_->listener = std::thread([this] { impl_->listen(); });
}

HubServer::~HubServer() {
  impl_->closing = true;
  boost::system::error_code ignored;
  // accept() waits in the kernel: a connection wakes it.
  Tcp::socket knock(impl_->io);
  knock.connect(impl_->acceptor.local_endpoint(), ignored);
  impl_->listener.join();
  for (const auto& socket : impl_->sockets) socket->shutdown(Tcp::socket::shutdown_both, ignored);
  for (std::thread& thread : impl_->threads) thread.join();
}

std::string HubServer::address() const { return impl_->own_address(); }
int HubServer::port() const { return impl_->acceptor.local_endpoint().port(); }

void HubServer::add(const std::string& repository, const std::string& file, std::string content, bool large) {
  StoredFile stored;
  stored.sha256 = hex_hash(EVP_sha256(), content);
  stored.git_id = hex_hash(EVP_sha1(), "blob " + std::to_string(content.size()) + std::string(1, '\0') + content);
  stored.content = std::move(content);
  stored.large = large;
  const std::lock_guard lock(impl_->mutex);
  impl_->repositories[repository].files[file] = std::move(stored);
}

void HubServer::add_path(const std::string& target, std::string content) {
  const std::lock_guard lock(impl_->mutex);
  impl_->paths[target] = std::move(content);
}

void HubServer::set_cdn(const std::string& address) {
  const std::lock_guard lock(impl_->mutex);
  impl_->cdn = address;
}

void HubServer::require_token(const std::string& repository, const std::string& token, const std::string& error_code) {
  const std::lock_guard lock(impl_->mutex);
  impl_->repositories[repository].token = token;
  impl_->repositories[repository].token_error = error_code;
}

void HubServer::set_api_answer(const std::string& repository, std::string json) {
  const std::lock_guard lock(impl_->mutex);
  impl_->repositories[repository].api_answer = std::move(json);
}

std::string HubServer::api_answer(const std::string& repository) const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->describe(repository, impl_->repositories.at(repository));
}

std::string HubServer::commit(const std::string& repository) const { return Impl::commit_of(repository); }

void HubServer::set_faults(const Faults& faults) {
  const std::lock_guard lock(impl_->mutex);
  impl_->faults = faults;
}

void HubServer::set_api_faults(const Faults& faults) {
  const std::lock_guard lock(impl_->mutex);
  impl_->api_faults = faults;
}

std::vector<SeenRequest> HubServer::seen() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->seen;
}

void HubServer::forget_seen() {
  const std::lock_guard lock(impl_->mutex);
  impl_->seen.clear();
  impl_->sent = 0;
}

std::uint64_t HubServer::bytes_sent() const { return impl_->sent; }

}  // namespace hearth::testing
