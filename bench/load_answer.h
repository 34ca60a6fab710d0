// An answer as it arrives: a JSON body, or events of a stream of which the texts' times are taken.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "load_run.h"

namespace hearth::load {

class Answer {
 public:
  using Clock = std::chrono::steady_clock;

  explicit Answer(bool stream) : stream_(stream) {}

  void begin() { begun_ = Clock::now(); }
  void take(std::string_view bytes);
  /// `status`: HTTP's, 0 where there was none; `problem`: of the transport, may be empty.
  Measured finish(long status, std::string problem);

 private:
  void take_line(std::string_view line);
  void take_object(std::string_view text);

  bool stream_, done_ = false;
  Clock::time_point begun_, last_piece_;
  std::string input_;
  Measured measured_;
};

}  // namespace hearth::load
