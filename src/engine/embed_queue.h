// Texts on their way to vectors: jobs of one or many, taken in turns and evaluated several at a time.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "engine/priority.h"
#include "hearth/sampling.h"
#include "kernels/context.h"
#include "model/kv_cache.h"
#include "model/transformer.h"

namespace hearth {

struct EmbedRequest {
  std::vector<std::vector<TokenId>> inputs;
  const Adapter* adapter = nullptr;
  std::int64_t dimensions = 0;  ///< 0: all
  bool normalize = true;
  const std::atomic<bool>* cancel = nullptr;
  std::optional<std::chrono::steady_clock::time_point> deadline;  ///< beyond, it fails with kTimeout
  Priority priority = Priority::kInteractive;
  std::function<void()> on_start;  ///< its evaluation begins
  /// Once: the vectors [inputs.size()][dimensions], or what made it fail.
  std::function<void(std::vector<std::vector<float>>, std::exception_ptr)> on_done;
};

/// Errors: kInvalidArgument for ids, dimensions and empty inputs; kContextLimit for one beyond `n_ctx`.
void check_embed_request(const EmbedRequest& request, const TransformerSpec& spec, std::int64_t n_ctx);

/// Not thread-safe.
class EmbedQueue {
 public:
  /// `chunk`: tokens in one pass, where a single text that must be read at once does not have more. Pages must outlive
  /// it.
  EmbedQueue(const TransformerSpec& spec, KvPagePool& pages, std::int64_t chunk);
  ~EmbedQueue();
  EmbedQueue(const EmbedQueue&) = delete;
  EmbedQueue& operator=(const EmbedQueue&) = delete;

  /// A request that check_embed_request() accepts.
  void add(EmbedRequest request);
  /// One forward pass. Returns whether anything is left. What fails in a pass ends the jobs in it.
  bool step(Transformer& transformer, KernelContext& kernels);

  bool idle() const { return jobs_.empty(); }
  std::int64_t jobs() const { return static_cast<std::int64_t>(jobs_.size()); }

 private:
  struct Text;
  struct Job;
  struct Part {
    Job* job;
    Text* text;
    std::int64_t tokens;
  };
  void end_those_over();
  std::vector<Part> plan();
  std::vector<Job*> in_turn();
  void take(const Part& part, std::span<const float> hidden);
  void remove_done();

  const TransformerSpec& spec_;
  KvPagePool& pages_;
  std::int64_t chunk_;
  std::deque<std::unique_ptr<Job>> jobs_;  ///< in order of arrival
  int interactive_passes_ = 0;             ///< in which batch jobs waited
};

}  // namespace hearth
