#include "text/jinja/frame_names.h"

namespace hearth::jinja {

FrameNames::Inside::Inside(FrameNames& names)
    : names_(names), outer_(names.current_), outer_conditions_(std::exchange(names.conditions_, 0)) {
  names_.frames_.push_back({outer_, {}, {}});
  names_.current_ = names_.frames_.size() - 1;
}

FrameNames::Inside::~Inside() {
  names_.current_ = outer_;
  names_.conditions_ = outer_conditions_;
}

void FrameNames::assign(const std::string& name) {
  Frame& frame = frames_[current_];
  if (frame.mentioned.insert(name).second && conditions_ == 0) frame.assigned_first.push_back(name);
}

bool FrameNames::mentioned_around(std::size_t frame, const std::string& name) const {
  while (frame != 0) {
    frame = frames_[frame].parent;
    if (frames_[frame].mentioned.contains(name)) return true;
  }
  return false;
}

std::vector<std::vector<std::string>> FrameNames::unset() const {
  std::vector<std::vector<std::string>> out(frames_.size());
  for (std::size_t i = 0; i < frames_.size(); ++i) {
    for (const std::string& name : frames_[i].assigned_first) {
      if (!mentioned_around(i, name)) out[i].push_back(name);
    }
  }
  return out;
}

}  // namespace hearth::jinja
