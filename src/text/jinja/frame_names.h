// Which names each frame of a template mentions and in what order: from that follows where Jinja, which decides this
// before it runs anything, takes a variable for undefined.
#pragma once

#include <cstddef>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

namespace hearth::jinja {

class FrameNames {
 public:
  FrameNames() { frames_.emplace_back(); }

  /// A new frame inside the current one becomes the current one, as long as this lives.
  class Inside {
   public:
    explicit Inside(FrameNames& names);
    ~Inside();
    Inside(const Inside&) = delete;
    Inside& operator=(const Inside&) = delete;

   private:
    FrameNames& names_;
    std::size_t outer_;
    int outer_conditions_;
  };
  /// What is noted as long as this lives may never happen: the branches of an if.
  class Conditional {
   public:
    explicit Conditional(FrameNames& names) : names_(names) { ++names_.conditions_; }
    ~Conditional() { --names_.conditions_; }
    Conditional(const Conditional&) = delete;
    Conditional& operator=(const Conditional&) = delete;

   private:
    FrameNames& names_;
  };

  std::size_t current() const { return current_; }
  /// Read, or given as a parameter.
  void mention(const std::string& name) { frames_[current_].mentioned.insert(name); }
  void assign(const std::string& name);
  /// ast::Template::unset.
  std::vector<std::vector<std::string>> unset() const;

 private:
  struct Frame {
    std::size_t parent = 0;
    std::unordered_set<std::string> mentioned;
    std::vector<std::string> assigned_first;
  };
  bool mentioned_around(std::size_t frame, const std::string& name) const;

  std::vector<Frame> frames_;
  std::size_t current_ = 0;
  int conditions_ = 0;
};

}  // namespace hearth::jinja
