// Limits on what a model may write, so that its answer always has a form: a JSON Schema, a regular expression, a GBNF
// grammar, or one of some choices. GenerateRequest takes a Constraint; CompiledGrammar checks texts without a model.
#pragma once

#include <cstddef>
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
  kChoices      ///< the answer is one of `choices`
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
