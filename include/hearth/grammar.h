// Limits on what a model may write, so that its answer always has a form: a JSON Schema, a regular expression, a GBNF
// grammar, or one of some choices. GenerateRequest takes a Constraint; CompiledGrammar checks texts without a model.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hearth/error.h"

namespace hearth {

enum class ConstraintKind {
  kNone,
  kJson,        ///< any JSON object
  kJsonSchema,  ///< `text` is a JSON Schema, draft 2020-12 or 7
  kRegex,       ///< `text` is a regular expression that the whole answer matches
  kGbnf,        ///< `text` is a grammar as llama.cpp writes them
  kChoices,     ///< the answer is one of `choices`
  kTagged       ///< free text with parts between two literals, each of which satisfies the JSON Schema `text`
};

/// How kTagged finds its parts. `begin` without the white space at its end is the trigger: once that is written, a part
/// has begun. Behind the last part there is only white space.
struct TaggedParts {
  std::string begin = {};      ///< "<tool_call>\n"
  std::string end = {};        ///< "\n</tool_call>"; may be empty
  std::string separator = {};  ///< between two parts
  std::uint32_t min_parts = 0;
  std::uint32_t max_parts = 0;  ///< 0: any number
  bool free_text = true;        ///< whether other text (without the trigger) may stand before the first part
  std::string instead = {};     ///< a JSON Schema that the whole text may satisfy instead; empty: none
};

/// Text before what is constrained, such as a model's reasoning: from `open` to the first `close`, and white space. It
/// may be left out, except where `open` is empty: then the prompt has opened it, and it must be closed first.
struct Preamble {
  std::string open = {}, close = {};  ///< without `close` there is none
};

/// White space between the parts of JSON that is written.
enum class JsonLayout {
  kFree,     ///< none, a space, or line ends with an indent: what models write
  kCompact,  ///< none
  kAny       ///< all that JSON allows, also around the whole; for checking texts, since a model might never end it
};

struct Constraint {
  ConstraintKind kind = ConstraintKind::kNone;
  std::string text;
  std::vector<std::string> choices;
  JsonLayout layout = JsonLayout::kFree;
  bool any_order = false;  ///< members of objects in any order instead of the one they are declared in
  bool lenient = false;  ///< leave out keywords that cannot be enforced, and say which, instead of refusing the schema
  /// Gives the text of another schema that $ref names by an absolute URI (without fragment), or nothing. Nothing is
  /// ever fetched.
  std::function<std::optional<std::string>(const std::string& uri)> resolve;
  TaggedParts tagged = {};  ///< of kTagged
  Preamble preamble = {};   ///< of every kind but kNone
  std::string origin = {};  ///< what it came from, for errors: the field of a request. May be empty
};

/// Immutable; any number of threads may use one.
class CompiledGrammar {
 public:
  /// Errors: kInvalidArgument for a text that is wrong, with its place, and (unless `allow_empty`) for a constraint
  /// that no text satisfies; kUnsupported, naming keyword and place, for what cannot be enforced exactly.
  static CompiledGrammar compile(const Constraint& constraint, bool allow_empty = false);

  struct Verdict {
    bool accepted = false;
    /// Where the text stops being the beginning of one that is accepted; its size when it only lacks an end.
    std::size_t offset = 0;
    std::string reason;  ///< empty when accepted
  };
  Verdict check(std::string_view text) const;
  /// What a lenient compilation left out.
  const std::vector<std::string>& dropped() const;

 private:
  struct Impl;
  explicit CompiledGrammar(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}
  std::shared_ptr<const Impl> impl_;
};

}  // namespace hearth
