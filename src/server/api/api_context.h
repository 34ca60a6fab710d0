// What every API handler works with, and the limits that hold for all of them.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>

namespace hearth {

class TaskThreads;
class Metrics;
class ModelManager;
class ServerLog;

struct ApiLimits {
  std::int64_t max_tokens = 0;                ///< of one answer; 0: the context alone limits it
  std::int64_t max_choices = 16;              ///< "n"
  std::size_t max_inputs = 2048;              ///< texts of one request for embeddings
  std::size_t max_prompts = 64;               ///< of one request for completions
  std::size_t max_messages = 8192;            ///< of one conversation
  std::size_t max_stop = 16;                  ///< stop strings
  std::size_t max_constraint = 1 << 20;       ///< bytes of a schema or a grammar
  std::chrono::milliseconds request_time{0};  ///< from arrival to the end of the answer; 0: no limit
};

/// Lives longer than all exchanges.
struct ApiContext {
  ModelManager& models;
  Metrics& metrics;
  ServerLog& log;
  TaskThreads& pool;  ///< goes on with requests whose model had to be loaded
  ApiLimits limits;
};

}  // namespace hearth
