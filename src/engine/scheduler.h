// Decides what the next forward pass evaluates: who is admitted, how many tokens of each sequence, whose pages go when
// there are too few. It runs nothing itself.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "engine/prefix_cache.h"
#include "engine/priority.h"
#include "engine/sequence.h"
#include "engine/speculation/pass_times.h"
#include "model/kv_page_pool.h"

namespace hearth {

struct SchedulerOptions {
  std::int64_t max_running = std::numeric_limits<std::int64_t>::max();  ///< sequences that hold pages
  std::int64_t prefill_chunk = 256;                                     ///< most prompt tokens in one pass
  /// Prompts are cut so that a pass in which others wait for their next token takes about as long, or some times longer
  /// where many wait for their first one; 0: they are not.
  double pass_seconds = 0;
  bool speculation = true;  ///< let sequences check guesses, where that is expected to be faster
  /// Guesses for each sequence that is decoding; 0: as many as are expected to pay.
  std::int64_t draft_tokens = 0;
  std::int64_t max_logit_rows = std::numeric_limits<std::int64_t>::max();  ///< of prompts, where all are wanted
};

/// Not thread-safe.
class Scheduler {
 public:
  /// Pages and cache must outlive it.
  Scheduler(KvPagePool& pages, PrefixCache& cache, const SchedulerOptions& options);
  ~Scheduler();
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;

  Sequence* add(std::unique_ptr<Sequence> sequence);
  /// Lets go of a sequence that is done, or of one that shall not go on; null for one it does not know.
  std::unique_ptr<Sequence> remove(const Sequence* sequence);

  struct Part {
    Sequence* sequence;
    std::int64_t tokens;
  };
  /// The parts of the next pass; pages for them are reserved. One token of every sequence that is decoding and, up to a
  /// limit, those that others still have to read; where nobody reads, guesses behind those that decode.
  std::vector<Part> plan();
  /// How long the pass took that was planned last, for SchedulerOptions::pass_seconds and for guesses.
  void took(std::int64_t tokens, double seconds);
  /// Takes the pages of sequences that are done, keeping what they read for others.
  void settle();

  bool idle() const { return waiting_.empty() && running_.empty(); }
  std::int64_t waiting() const { return static_cast<std::int64_t>(waiting_.size()); }
  std::int64_t running() const { return static_cast<std::int64_t>(running_.size()); }
  std::uint64_t preemptions() const { return preemptions_; }

 private:
  using Rank = std::pair<Priority, std::uint64_t>;  ///< the lesser goes first: by priority, then by arrival
  struct Entry {
    std::unique_ptr<Sequence> sequence;
    std::size_t shared_pages = 0;  ///< whole pages that the cache has had
    std::int64_t tokens = 0;       ///< wanted in this pass
  };
  using Entries = std::map<Rank, Entry>;

  void check_limits();
  void settle(Entries& entries);
  void share_whole_pages();
  void admit();
  Entries::iterator next_to_admit();
  bool try_admit(Entries::iterator entry);
  PrefixCache::Match known_prefix(const Sequence& sequence);
  void reuse_prefixes();
  void share_out_tokens();
  std::int64_t prefill_room(std::size_t reading, std::size_t decoding) const;
  /// Guesses for those that decode, as many as are expected to pay. `rows`: of the pass without them.
  void speculate(std::int64_t rows);
  bool waits_for_another(const Entries::value_type& entry) const;
  bool reserve(Entries::iterator entry);
  /// Gives up the part of a page that would have to be copied, to evaluate it again.
  static bool drop_shared_tail(Entry& entry);
  void preempt(Entries::iterator entry);
  void keep_and_release(Sequence& sequence);

  KvPagePool& pages_;
  PrefixCache& cache_;
  SchedulerOptions options_;
  Entries waiting_, running_;
  std::vector<std::unique_ptr<Sequence>> ended_;
  std::uint64_t arrivals_ = 0;
  std::uint64_t preemptions_ = 0;
  int passed_over_ = 0;           ///< interactive sequences admitted while others waited
  bool reading_ = false;          ///< prompts are in the pass that was planned last
  double tokens_per_second_ = 0;  ///< of passes with prompts in them; 0: not known yet
  PassTimes times_;               ///< of the others
};

}  // namespace hearth
