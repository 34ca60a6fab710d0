#include "engine/scheduler.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <chrono>

#include "engine/speculation/draft_length.h"
#include "hearth/error.h"

namespace hearth {
namespace {

/// So many interactive sequences may overtake a waiting batch sequence before it is its turn.
constexpr int kMostPassedOver = 8;
/// The more wait for their first token beside those that wait for their next one, the longer a pass may take: up to so
/// many times. Where nobody waits for a next one, somebody may still come or cancel.
constexpr double kMostLonger = 5;
constexpr double kLongerAlone = 2.5;
/// Fewer tokens would waste the weights that are read for them.
constexpr std::int64_t kLeastRoom = 32;
/// The oldest prompt gets at least one of so many parts of a chunk, however many short ones arrive.
constexpr std::int64_t kPartsOfOldest = 4;
/// Passes with fewer tokens say nothing about the speed of prompts.
constexpr std::int64_t kFewTokens = 16;
/// Guesses for one sequence: few texts repeat more without a change.
constexpr std::int64_t kMostDrafted = 32;

std::int64_t common_prefix(std::span<const TokenId> a, std::span<const TokenId> b) {
  return std::mismatch(a.begin(), a.end(), b.begin(), b.end()).first - a.begin();
}

template <typename Action>
void guarded(Sequence& sequence, const Action& action) {
  try {
    action();
  } catch (...) {
    sequence.fail(std::current_exception());
  }
}

}  // namespace

Scheduler::Scheduler(KvPagePool& pages, PrefixCache& cache, const SchedulerOptions& options)
    : pages_(pages), cache_(cache), options_(options) {}

Scheduler::~Scheduler() = default;

Sequence* Scheduler::add(std::unique_ptr<Sequence> sequence) {
  Entry entry;
  entry.sequence = std::move(sequence);
  const Rank rank(entry.sequence->priority(), arrivals_++);
  return waiting_.emplace(rank, std::move(entry)).first->second.sequence.get();
}

std::unique_ptr<Sequence> Scheduler::remove(const Sequence* sequence) {
  const auto ended =
      std::find_if(ended_.begin(), ended_.end(), [&](const auto& each) { return each.get() == sequence; });
  if (ended != ended_.end()) {
    auto owner = std::move(*ended);
    ended_.erase(ended);
    return owner;
  }
  for (Entries* entries : {&waiting_, &running_}) {
    for (auto entry = entries->begin(); entry != entries->end(); ++entry) {
      if (entry->second.sequence.get() != sequence) continue;
      auto owner = std::move(entry->second.sequence);
      entries->erase(entry);
      keep_and_release(*owner);
      return owner;
    }
  }
  return nullptr;
}

std::vector<Scheduler::Part> Scheduler::plan() {
  check_limits();
  settle();
  share_whole_pages();
  admit();
  settle();  // those that end as they begin
  reuse_prefixes();
  share_out_tokens();
  // In order of rank: whoever loses its pages for another comes later, and has none reserved yet.
  for (auto entry = running_.begin(); entry != running_.end();) {
    const Rank rank = entry->first;
    if (entry->second.tokens > 0) reserve(entry);
    entry = running_.upper_bound(rank);
  }
  std::vector<Part> parts;
  for (auto& [rank, entry] : running_) {
    if (entry.tokens > 0 && !entry.sequence->done()) parts.push_back({entry.sequence.get(), entry.tokens});
  }
  return parts;
}

void Scheduler::took(std::int64_t tokens, double seconds) {
  if (!reading_) return times_.observe(tokens, seconds);
  if (tokens < kFewTokens || seconds <= 0) return;
  const double rate = static_cast<double>(tokens) / seconds;
  tokens_per_second_ = tokens_per_second_ == 0 ? rate : 0.8 * tokens_per_second_ + 0.2 * rate;
}

void Scheduler::check_limits() {
  const auto now = std::chrono::steady_clock::now();
  for (Entries* entries : {&waiting_, &running_}) {
    for (auto& each : *entries) {
      Sequence& sequence = *each.second.sequence;
      guarded(sequence, [&] { sequence.check_limits(now); });
    }
  }
}

void Scheduler::settle() {
  settle(waiting_);
  settle(running_);
}

void Scheduler::settle(Entries& entries) {
  for (auto entry = entries.begin(); entry != entries.end();) {
    if (!entry->second.sequence->done()) {
      ++entry;
      continue;
    }
    keep_and_release(*entry->second.sequence);
    ended_.push_back(std::move(entry->second.sequence));
    entry = entries.erase(entry);
  }
}

void Scheduler::keep_and_release(Sequence& sequence) {
  // What a failed pass left behind is not known.
  if (!sequence.failed()) cache_.insert(sequence.prefix_key(), sequence.tokens(), sequence.kv(), true);
  sequence.kv().truncate(0);
}

void Scheduler::share_whole_pages() {
  for (auto& [rank, entry] : running_) {
    Sequence& sequence = *entry.sequence;
    const auto whole = static_cast<std::size_t>(sequence.kv().size() / kKvPageTokens);
    if (whole > entry.shared_pages) cache_.insert(sequence.prefix_key(), sequence.tokens(), sequence.kv(), false);
    entry.shared_pages = whole;
  }
}

void Scheduler::admit() {
  while (!waiting_.empty() && running() < options_.max_running) {
    const auto entry = next_to_admit();
    const bool overtakes =
        entry->first.first == Priority::kInteractive && waiting_.rbegin()->first.first == Priority::kBatch;
    if (!try_admit(entry)) return;
    passed_over_ = overtakes ? passed_over_ + 1 : 0;
  }
}

Scheduler::Entries::iterator Scheduler::next_to_admit() {
  const auto batch = waiting_.lower_bound({Priority::kBatch, 0});
  return batch != waiting_.end() && passed_over_ >= kMostPassedOver ? batch : waiting_.begin();
}

bool Scheduler::try_admit(Entries::iterator entry) {
  Sequence& sequence = *entry->second.sequence;
  const PrefixCache::Match known = known_prefix(sequence);
  // The part of its last page that it shares is copied, so that page counts as one that it needs.
  const std::size_t whole = static_cast<std::size_t>(known.tokens / kKvPageTokens);
  const std::size_t needed = kv_pages_for(static_cast<std::int64_t>(sequence.tokens().size()) + 1) - whole;
  // Each of those that run may soon want another page.
  if (!running_.empty() && pages_.available() < needed + running_.size() &&
      pages_.available() + cache_.evictable() < needed + running_.size()) {
    return false;
  }
  if (known.tokens > 0) sequence.reuse(known.pages, known.tokens);
  if (!sequence.started()) guarded(sequence, [&] { sequence.begin(); });
  entry->second.shared_pages = whole;
  running_.insert(waiting_.extract(entry));
  return true;
}

PrefixCache::Match Scheduler::known_prefix(const Sequence& sequence) {
  const std::int64_t most = sequence.most_reusable();
  PrefixCache::Match best = cache_.find(sequence.prefix_key(), sequence.tokens(), most);
  // Those that run have shared their whole pages; of the one that they write to now some may fit too.
  for (const auto& [rank, entry] : running_) {
    const Sequence& other = *entry.sequence;
    if (&other == &sequence || other.prefix_key() != sequence.prefix_key() || other.kv().size() <= best.tokens)
      continue;
    const std::int64_t n = std::min({most, other.kv().size(), common_prefix(sequence.tokens(), other.tokens())});
    if (n <= best.tokens) continue;
    best.tokens = n;
    const auto pages = other.kv().pages().first(kv_pages_for(n));
    best.pages.assign(pages.begin(), pages.end());
  }
  return best;
}

void Scheduler::reuse_prefixes() {
  for (auto& [rank, entry] : running_) {
    Sequence& sequence = *entry.sequence;
    if (sequence.pending() <= 1) continue;
    const PrefixCache::Match known = known_prefix(sequence);
    if (known.tokens > sequence.kv().size()) sequence.reuse(known.pages, known.tokens);
  }
}

void Scheduler::share_out_tokens() {
  std::vector<Entries::value_type*> prompts;
  std::size_t decoding = 0;
  for (auto& each : running_) {
    Entry& entry = each.second;
    entry.tokens = 0;
    if (entry.sequence->pending() == 1) {
      entry.tokens = 1;
      ++decoding;
    } else {
      prompts.push_back(&each);
    }
  }
  std::int64_t room = prefill_room(prompts.size(), decoding);
  std::int64_t logit_rows = options_.max_logit_rows;
  const auto give = [&](Entries::value_type& each, std::int64_t most) {
    Entry& entry = each.second;
    const bool all_logits = entry.sequence->wants_all_logits();
    std::int64_t n = std::min({most, room, entry.sequence->pending() - entry.tokens});
    if (all_logits) n = std::min(n, logit_rows);
    if (entry.tokens == 0 && n > 0 && waits_for_another(each)) return;
    entry.tokens += n;
    room -= n;
    if (all_logits) logit_rows -= n;
  };
  const auto oldest = std::min_element(prompts.begin(), prompts.end(),
                                       [](const auto* a, const auto* b) { return a->first.second < b->first.second; });
  reading_ = oldest != prompts.end();
  if (!reading_) return speculate(static_cast<std::int64_t>(decoding));
  give(**oldest, std::max<std::int64_t>(1, room / kPartsOfOldest));
  // The shortest first, which makes the mean wait least; they stand in order of rank already.
  std::stable_sort(prompts.begin(), prompts.end(), [](const auto* a, const auto* b) {
    if (a->first.first != b->first.first) return a->first.first < b->first.first;
    return a->second.sequence->pending() < b->second.sequence->pending();
  });
  for (Entries::value_type* each : prompts) give(*each, room);
}

void Scheduler::speculate(std::int64_t rows) {
  if (!options_.speculation) return;
  auto tokens = static_cast<double>(rows);
  for (auto& [rank, entry] : running_) {
    const std::int64_t found = entry.sequence->find_draft(std::min(kMostDrafted, PassTimes::kMostRows - rows));
    if (found == 0) continue;
    const double chance = entry.sequence->draft_chance();
    const std::int64_t n = options_.draft_tokens > 0 ? std::min(found, options_.draft_tokens)
                                                     : draft_length(chance, found, rows, tokens, times_);
    entry.tokens += n;
    rows += n;
    tokens += expected_gain(chance, n);
  }
}

std::int64_t Scheduler::prefill_room(std::size_t reading, std::size_t decoding) const {
  const std::int64_t chunk = options_.prefill_chunk;
  if (options_.pass_seconds <= 0 || tokens_per_second_ == 0) return chunk;
  const double longer = decoding == 0
                            ? kLongerAlone
                            : std::min(1 + static_cast<double>(reading) / static_cast<double>(decoding), kMostLonger);
  const double room = std::min(tokens_per_second_ * options_.pass_seconds * longer, static_cast<double>(chunk));
  return std::max(static_cast<std::int64_t>(room), std::min(kLeastRoom, chunk));
}

bool Scheduler::waits_for_another(const Entries::value_type& entry) const {
  // Another reads the same page in this pass; taking that over is cheaper than reading it twice.
  const Sequence& sequence = *entry.second.sequence;
  const std::int64_t page_end = (sequence.kv().size() / kKvPageTokens + 1) * kKvPageTokens;
  if (sequence.most_reusable() < page_end) return false;
  return std::any_of(running_.begin(), running_.end(), [&](const auto& each) {
    const Sequence& other = *each.second.sequence;
    return &each != &entry && each.second.tokens > 0 && other.pending() > 1 &&
           other.prefix_key() == sequence.prefix_key() && other.kv().size() >= page_end - kKvPageTokens &&
           common_prefix(sequence.tokens(), other.tokens()) >= page_end;
  });
}

bool Scheduler::reserve(Entries::iterator entry) {
  Sequence& sequence = *entry->second.sequence;
  // Nobody gives up a page for a guess.
  if (sequence.pending() == 1 &&
      pages_.available() < sequence.kv().pages_to_reserve(sequence.kv().size() + entry->second.tokens)) {
    entry->second.tokens = 1;
  }
  const std::int64_t n = sequence.kv().size() + entry->second.tokens;
  while (pages_.available() < sequence.kv().pages_to_reserve(n)) {
    if (cache_.evict() || drop_shared_tail(entry->second)) continue;
    const auto last = std::prev(running_.end());
    if (last == entry && running_.size() == 1) {
      sequence.fail(std::make_exception_ptr(
          Error(ErrorCode::kOutOfMemory,
                fmt::format("the KV cache holds {} tokens in its {} bytes; this request has {} and needs room for more",
                            static_cast<std::int64_t>(pages_.max_pages()) * kKvPageTokens, pages_.max_bytes(),
                            sequence.tokens().size()),
                "ask for fewer tokens, or give the cache more memory")));
      return false;
    }
    const bool itself = last == entry;
    preempt(last);
    if (itself) return false;
  }
  guarded(sequence, [&] { sequence.kv().reserve(n); });
  return !sequence.failed();
}

bool Scheduler::drop_shared_tail(Entry& entry) {
  KvSequence& kv = entry.sequence->kv();
  const std::int64_t in_tail = kv.size() % kKvPageTokens;
  if (in_tail == 0 || !kv.pages()[static_cast<std::size_t>(kv.size() / kKvPageTokens)].shared()) return false;
  kv.truncate(kv.size() - in_tail);
  entry.tokens += in_tail;
  return true;
}

void Scheduler::preempt(Entries::iterator entry) {
  keep_and_release(*entry->second.sequence);
  entry->second.tokens = 0;
  waiting_.insert(running_.extract(entry));
  ++preemptions_;
}

}  // namespace hearth
