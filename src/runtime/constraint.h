// Constraints of requests to compiled grammars, with a bounded memory of those compiled before.
#pragma once

#include <cstddef>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "grammar/grammar.h"
#include "hearth/error.h"
#include "hearth/grammar.h"

namespace hearth {

/// A constraint that has an origin is wrong.
class ConstraintError : public Error {
 public:
  ConstraintError(const Error& error, std::string origin)
      : Error(error.code(), error.message(), error.hint()), origin_(std::move(origin)) {}
  const std::string& origin() const noexcept { return origin_; }

 private:
  std::string origin_;
};

/// nullptr for kNone. Errors: as CompiledGrammar::compile(); a ConstraintError where the constraint has an origin.
std::shared_ptr<const Grammar> compile_constraint(const Constraint& constraint, bool allow_empty = false);

/// The grammars used last. Any thread; what is not known yet is compiled in the caller's, and nobody waits for it.
class GrammarCache {
 public:
  /// As compile_constraint(); one that is known is not compiled again.
  std::shared_ptr<const Grammar> get(const Constraint& constraint);
  std::size_t size() const;

 private:
  std::shared_ptr<const Grammar> find(const std::string& key);

  mutable std::mutex mutex_;
  std::list<std::pair<std::string, std::shared_ptr<const Grammar>>> kept_;  // the one used last stands first
  std::size_t kept_bytes_ = 0;
};

}  // namespace hearth
