#include "hub/download/transfer.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <thread>
#include <vector>

#include "hearth/error.h"

namespace hearth {
namespace {

constexpr std::chrono::milliseconds kTick{100};
constexpr std::chrono::milliseconds kPause{10};  // a small file is there in a few of these
/// Progress that lets the count of failures begin anew: a server that gives a byte at a time must not be asked for
/// ever.
constexpr std::uint64_t kProgress = 64 << 10;

struct ContentRange {
  std::uint64_t first = 0, last = 0, total = 0;
};

/// "bytes 0-99/1234".
std::optional<ContentRange> parse_content_range(std::string_view text) {
  if (!text.starts_with("bytes ")) return std::nullopt;
  text.remove_prefix(6);
  ContentRange range;
  const auto number = [&](std::uint64_t& to, char end) {
    const auto [stop, failure] = std::from_chars(text.data(), text.data() + text.size(), to);
    const auto used = static_cast<std::size_t>(stop - text.data());
    if (failure != std::errc() || (end != '\0' && (used >= text.size() || text[used] != end))) return false;
    text.remove_prefix(used + (end == '\0' ? 0 : 1));
    return true;
  };
  if (!number(range.first, '-') || !number(range.last, '/') || !number(range.total, '\0') || !text.empty()) {
    return std::nullopt;
  }
  return range;
}

/// How a stated length contradicts the bytes that must come; empty where it does not, or where none is stated. Waiting
/// for bytes that never come would end in a timeout, and too few in another try for nothing.
std::string wrong_length(const HttpResponse& response, std::uint64_t expected) {
  const std::string text = response.header("content-length");
  std::uint64_t stated = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), stated);
  if (text.empty() || (failure == std::errc() && end == text.data() + text.size() && stated == expected)) return "";
  return fmt::format("it sends '{}' bytes where {} must come", text, expected);
}

bool is_temporary(int status) { return status == 408 || status == 429 || (status >= 500 && status <= 599); }

}  // namespace

/// What one request of a piece showed.
struct Transfer::Attempt {
  int status = 0;
  bool used_shortcut = false;
  std::string lie;  ///< how the answer contradicts the request or the stated size
};

Transfer::Transfer(const HubConnection& hub, const std::string& repository, const FileDownload& file, PartFile& part)
    : hub_(hub), repository_(repository), file_(file), part_(part), http_(hub.http) {
  http_.cancel = &stopped_;
}

std::string Transfer::address() const {
  const std::lock_guard lock(mutex_);
  return shortcut_;
}
void Transfer::remember_address(const std::string& address) {
  const std::lock_guard lock(mutex_);
  shortcut_ = address;
}
void Transfer::forget_address() { remember_address(""); }

void Transfer::stop(std::exception_ptr error) {
  {
    const std::lock_guard lock(mutex_);
    if (error_ == nullptr) error_ = std::move(error);
  }
  stopped_ = true;
}

void Transfer::run(int connections, const std::function<void()>& on_tick) {
  run_workers(std::max(1, connections), &Transfer::work, on_tick);
  if (has_no_ranges_ && error_ == nullptr && !stopped_) run_workers(1, &Transfer::fetch_whole, on_tick);
  if (hub_.http.cancel != nullptr && *hub_.http.cancel) {
    throw Error(ErrorCode::kCancelled, fmt::format("{}: stopped", file_.what),
                "what was fetched is kept: pull again to go on");
  }
  if (error_ != nullptr) std::rethrow_exception(error_);
}

void Transfer::run_workers(int count, void (Transfer::*job)(), const std::function<void()>& on_tick) {
  std::atomic<int> running = count;
  std::vector<std::thread> workers;
  workers.reserve(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) {
    workers.emplace_back([this, job, &running] {
      try {
        (this->*job)();
      } catch (...) {
        stop(std::current_exception());
      }
      --running;
    });
  }
  auto next_tick = std::chrono::steady_clock::now();
  while (running > 0) {
    std::this_thread::sleep_for(kPause);
    if (hub_.http.cancel != nullptr && *hub_.http.cancel) stopped_ = true;
    if (std::chrono::steady_clock::now() < next_tick || stopped_) continue;
    next_tick += kTick;
    try {
      on_tick();
    } catch (...) {
      stop(std::current_exception());
    }
  }
  for (std::thread& worker : workers) worker.join();
}

void Transfer::work() {
  HttpClient client(http_);
  Backoff backoff(hub_.retry);
  while (!stopped_ && !has_no_ranges_) {
    const auto piece = part_.take();
    if (!piece) return;
    fetch_piece(client, *piece, backoff);
    part_.give_back(*piece);
  }
}

/// Returns when the piece is whole, when the transfer stops, or when the server turns out to know no ranges.
void Transfer::fetch_piece(HttpClient& client, std::size_t index, Backoff& backoff) {
  std::uint64_t fetched = 0;
  while (!stopped_ && !has_no_ranges_) {
    const PartFile::Piece piece = part_.piece(index);
    const std::uint64_t from = piece.begin + piece.done;
    if (from == piece.end) return;
    const bool is_whole = from == 0 && piece.end == part_.size();
    HttpGet request;
    const std::string shortcut = address();
    request.url = shortcut.empty() ? file_.address : shortcut;
    if (shortcut.empty()) request.token = file_.token;
    if (!is_whole) {
      request.first = from;
      request.last = piece.end - 1;
    }
    Attempt attempt;
    attempt.used_shortcut = !shortcut.empty();
    const std::uint64_t before = piece.done;
    const HttpOutcome outcome = client.get(
        request,
        [&](const HttpResponse& response) {
          attempt.status = response.status;
          if (response.status == 206) {
            const auto range = parse_content_range(response.header("content-range"));
            if (!range || range->first != from || range->last >= piece.end || range->last < from ||
                range->total != part_.size()) {
              attempt.lie = fmt::format("it answers bytes {}-{} of {} with '{}'", from, piece.end - 1, part_.size(),
                                        response.header("content-range"));
              return false;
            }
            attempt.lie = wrong_length(response, range->last - range->first + 1);
            if (attempt.lie.empty() && response.url != request.url) remember_address(response.url);
            return attempt.lie.empty();
          }
          if (response.status == 200) attempt.lie = wrong_length(response, part_.size());
          if (response.status == 200 && !is_whole && attempt.lie.empty()) has_no_ranges_ = true;
          return response.status == 200 && is_whole && attempt.lie.empty();
        },
        [&](std::string_view bytes) {
          part_.append(index, bytes);
          return !stopped_;
        });
    if (stopped_ || has_no_ranges_) return;
    const std::uint64_t now = part_.piece(index).done;
    fetched += now - before;
    if (piece.begin + now == piece.end) {
      backoff.progressed();
      return;
    }
    const bool progressed = fetched >= kProgress;
    if (progressed) fetched = 0;
    judge(outcome, attempt, backoff, progressed);
  }
}

/// A server without ranges gives the file from the front, to one worker alone; a broken stream begins anew.
void Transfer::fetch_whole() {
  HttpClient client(http_);
  Backoff backoff(hub_.retry);
  while (!stopped_) {
    part_.reset();
    Attempt attempt;
    std::size_t piece = 0;
    HttpGet request;
    request.url = file_.address;
    request.token = file_.token;
    const HttpOutcome outcome = client.get(
        request,
        [&](const HttpResponse& response) {
          attempt.status = response.status;
          if (response.status == 200) attempt.lie = wrong_length(response, part_.size());
          return response.status == 200 && attempt.lie.empty();
        },
        [&](std::string_view bytes) {
          while (!bytes.empty()) {
            PartFile::Piece now = part_.piece(piece);
            if (now.begin + now.done == now.end && now.end < part_.size()) now = part_.piece(++piece);
            const std::size_t fits = static_cast<std::size_t>(
                std::min<std::uint64_t>(bytes.size(), std::max<std::uint64_t>(1, now.end - now.begin - now.done)));
            part_.append(piece, bytes.substr(0, fits));
            bytes.remove_prefix(fits);
          }
          return !stopped_;
        });
    if (stopped_ || part_.complete()) return;
    judge(outcome, attempt, backoff, false);
  }
}

void Transfer::judge(const HttpOutcome& outcome, const Attempt& attempt, Backoff& backoff, bool progressed) {
  if (progressed) backoff.progressed();
  const int status = attempt.status;
  const bool answered = status == 200 || status == 206;
  // An address that a redirect gave is good for a while only: ask for a new one.
  const bool expired = attempt.used_shortcut && !answered;
  if (expired) forget_address();
  const bool cut_short = answered && attempt.lie.empty();
  const bool network = status == 0 && outcome.may_retry;
  const bool may_retry = expired || cut_short || network || !attempt.lie.empty() || is_temporary(status);
  if (may_retry && backoff.wait(&stopped_, retry_after_seconds(outcome.response.header("retry-after")))) return;
  if (stopped_) return;
  if (!attempt.lie.empty()) {
    throw Error(ErrorCode::kCorruptData,
                fmt::format("{}: the server contradicts what the hub states: {}", file_.what, attempt.lie),
                "the mirror may be broken: try another HF_ENDPOINT");
  }
  if (status == 416) {
    throw Error(
        ErrorCode::kCorruptData,
        fmt::format("{}: the server's file is shorter than the {} bytes that were stated", file_.what, part_.size()),
        "the mirror may be broken: try another HF_ENDPOINT");
  }
  if (cut_short || !outcome.problem.empty()) {
    throw Error(ErrorCode::kIo,
                fmt::format("{}: the connection keeps breaking off{}{}", file_.what,
                            outcome.problem.empty() ? "" : ": ", outcome.problem),
                "what was fetched is kept: pull again to go on");
  }
  const auto asked = parse_url(file_.address);
  const auto answered_by = parse_url(outcome.response.url);
  if (asked && answered_by && asked->origin() != answered_by->origin()) {
    // Not the hub's own word: it says nothing about names and rights.
    throw Error(
        ErrorCode::kIo,
        fmt::format("{}: {}, where the hub sends for the file, answers {}", file_.what, answered_by->host, status),
        "try again later; what was fetched is kept");
  }
  fail_hub_status(hub_, repository_, outcome.response);
}

}  // namespace hearth
