#include "runtime/constraint.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/quote.h"
#include "grammar/machine.h"

namespace hearth {
namespace {

constexpr std::size_t kMostGrammars = 64;
constexpr std::size_t kMostKeptText = std::size_t{16} << 20;  // a compiled grammar grows with its text

JsonSpace space_of(JsonLayout layout) {
  switch (layout) {
    case JsonLayout::kFree: return JsonSpace::kLittle;
    case JsonLayout::kCompact: return JsonSpace::kNone;
    case JsonLayout::kAny: return JsonSpace::kAny;
  }
  return JsonSpace::kLittle;
}

/// Every part with its length in front, so that different constraints have different keys.
std::string key_of(const Constraint& constraint) {
  std::string key =
      fmt::format("{} {} {} {} {}:{}", static_cast<int>(constraint.kind), static_cast<int>(constraint.layout),
                  constraint.any_order, constraint.lenient, constraint.text.size(), constraint.text);
  for (const std::string& choice : constraint.choices) key += fmt::format(" {}:{}", choice.size(), choice);
  const auto add_text = [&key](const std::string& text) { key += fmt::format(" {}:{}", text.size(), text); };
  if (constraint.kind == ConstraintKind::kTagged) {
    const TaggedParts& tagged = constraint.tagged;
    for (const std::string* text : {&tagged.begin, &tagged.end, &tagged.separator, &tagged.instead}) add_text(*text);
    key += fmt::format(" {} {} {}", tagged.min_parts, tagged.max_parts, tagged.free_text);
  }
  add_text(constraint.preamble.open);
  add_text(constraint.preamble.close);
  return key;
}

JsonSchemaOptions schema_options(const Constraint& constraint, bool allow_empty) {
  JsonSchemaOptions options;
  options.any_order = constraint.any_order;
  options.lenient = constraint.lenient;
  options.space = space_of(constraint.layout);
  options.allow_empty = allow_empty;
  options.resolver = constraint.resolve;
  return options;
}

std::shared_ptr<const Grammar> compile_tagged(const Constraint& constraint, bool allow_empty) {
  const TaggedParts& parts = constraint.tagged;
  TaggedOptions tagged;
  tagged.begin = parts.begin;
  tagged.end = parts.end;
  tagged.separator = parts.separator;
  tagged.min_parts = parts.min_parts;
  tagged.max_parts = parts.max_parts == 0 ? kUnbounded : parts.max_parts;
  tagged.free_text = parts.free_text;
  tagged.instead = parts.instead;
  return Grammar::tagged(constraint.text, tagged, schema_options(constraint, allow_empty));
}

std::shared_ptr<const Grammar> compile_kind(const Constraint& constraint, bool allow_empty) {
  switch (constraint.kind) {
    case ConstraintKind::kNone: return nullptr;
    case ConstraintKind::kJson: return Grammar::any_json(true, space_of(constraint.layout));
    case ConstraintKind::kJsonSchema:
      return Grammar::from_json_schema(constraint.text, schema_options(constraint, allow_empty));
    case ConstraintKind::kRegex: return Grammar::from_regex(constraint.text);
    case ConstraintKind::kGbnf: return Grammar::from_gbnf(constraint.text);
    case ConstraintKind::kChoices: return Grammar::from_choices(constraint.choices);
    case ConstraintKind::kTagged: return compile_tagged(constraint, allow_empty);
  }
  return nullptr;
}

}  // namespace

std::shared_ptr<const Grammar> compile_constraint(const Constraint& constraint, bool allow_empty) {
  std::shared_ptr<const Grammar> grammar;
  try {
    grammar = compile_kind(constraint, allow_empty);
  } catch (const Error& error) {
    if (constraint.origin.empty()) throw;
    throw ConstraintError(error, constraint.origin);
  }
  const Preamble& preamble = constraint.preamble;
  if (grammar == nullptr || preamble.close.empty()) return grammar;
  return Grammar::behind_preamble(*grammar, preamble.open, preamble.close);
}

std::shared_ptr<const Grammar> GrammarCache::get(const Constraint& constraint) {
  // What a resolver gives may change, so such schemas are compiled each time.
  if (constraint.kind == ConstraintKind::kNone || constraint.resolve) return compile_constraint(constraint);
  std::string key = key_of(constraint);
  if (auto known = find(key)) return known;
  auto grammar = compile_constraint(constraint);
  const std::lock_guard lock(mutex_);
  const bool meanwhile = std::any_of(kept_.begin(), kept_.end(), [&](const auto& kept) { return kept.first == key; });
  if (meanwhile) return grammar;
  kept_bytes_ += key.size();
  kept_.emplace_front(std::move(key), grammar);
  while (kept_.size() > 1 && (kept_.size() > kMostGrammars || kept_bytes_ > kMostKeptText)) {
    kept_bytes_ -= kept_.back().first.size();
    kept_.pop_back();
  }
  return grammar;
}

std::shared_ptr<const Grammar> GrammarCache::find(const std::string& key) {
  const std::lock_guard lock(mutex_);
  const auto known = std::find_if(kept_.begin(), kept_.end(), [&](const auto& kept) { return kept.first == key; });
  if (known == kept_.end()) return nullptr;
  kept_.splice(kept_.begin(), kept_, known);
  return known->second;
}

std::size_t GrammarCache::size() const {
  const std::lock_guard lock(mutex_);
  return kept_.size();
}

struct CompiledGrammar::Impl {
  std::shared_ptr<const Grammar> grammar;
  std::vector<std::string> none;
};

CompiledGrammar CompiledGrammar::compile(const Constraint& constraint, bool allow_empty) {
  auto impl = std::make_shared<Impl>();
  impl->grammar = compile_constraint(constraint, allow_empty);
  return CompiledGrammar(std::move(impl));
}

const std::vector<std::string>& CompiledGrammar::dropped() const {
  return impl_->grammar == nullptr ? impl_->none : impl_->grammar->dropped();
}

CompiledGrammar::Verdict CompiledGrammar::check(std::string_view text) const {
  if (impl_->grammar == nullptr) return {true, text.size(), ""};
  Machine machine(impl_->grammar->graph());
  ThreadSet at = machine.start(), next;
  for (std::size_t i = 0; i < text.size(); ++i) {
    machine.step(at, static_cast<std::uint8_t>(text[i]), next);
    std::swap(at, next);
    if (!at.empty()) continue;
    const std::size_t begin = i < 20 ? 0 : i - 20;
    return {false, i,
            fmt::format("byte {} may not be {} after {}", i, quote(text.substr(i, 1)),
                        quote(text.substr(begin, i - begin)))};
  }
  if (at.complete) return {true, text.size(), ""};
  return {false, text.size(), "it ends before it is complete"};
}

}  // namespace hearth
