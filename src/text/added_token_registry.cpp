#include "text/added_token_registry.h"

#include <fmt/format.h>

#include <algorithm>

namespace hearth {

AddedTokenRegistry::AddedTokenRegistry(const Vocabulary& model_vocabulary, const std::string& name)
    : vocabulary_(std::make_shared<Vocabulary>(name, static_cast<std::size_t>(model_vocabulary.size()))),
      model_count_(static_cast<std::int64_t>(model_vocabulary.count())) {
  for (TokenId id = 0; id < model_vocabulary.size(); ++id) {
    if (model_vocabulary.contains(id))
      vocabulary_->add(model_vocabulary.text(id), id, Vocabulary::Repeated::kLastCounts);
  }
}

std::int64_t AddedTokenRegistry::next_id() const {
  const std::int64_t counted = std::max(model_count_, largest_added_ + 1);
  const bool taken = vocabulary_->contains(static_cast<TokenId>(counted));  // by a vocabulary with holes
  return taken ? vocabulary_->size() : counted;
}

void AddedTokenRegistry::add(AddedToken token, std::optional<std::int64_t> wanted) {
  if (token.content.empty()) return;
  if (const auto known = vocabulary_->find(token.content)) {
    token.id = *known;
  } else {
    const std::int64_t id = wanted.value_or(next_id());
    vocabulary_->add(token.content, id);
    token.id = static_cast<TokenId>(id);
  }
  largest_added_ = std::max<std::int64_t>(largest_added_, token.id);
  const auto [entry, inserted] = index_.try_emplace(token.id, tokens_.size());
  if (inserted) {
    tokens_.push_back(std::move(token));
    return;
  }
  AddedToken& earlier = tokens_[entry->second];
  token.special = token.special || earlier.special;
  earlier = std::move(token);
}

void AddedTokenRegistry::finish(TokenizerParts& parts) {
  parts.special.assign(static_cast<std::size_t>(vocabulary_->size()), false);
  for (const AddedToken& token : tokens_) {
    if (token.special) parts.special[static_cast<std::size_t>(token.id)] = true;
  }
  for (TokenId id = 0; id < vocabulary_->size();
       ++id) {  // a text that stands in the vocabulary twice is special both times
    const auto same = vocabulary_->find(vocabulary_->text(id));
    if (same && *same != id && parts.special[static_cast<std::size_t>(*same)])
      parts.special[static_cast<std::size_t>(id)] = true;
  }
  parts.vocabulary = std::move(vocabulary_);
  parts.added_tokens = std::move(tokens_);
}

AddedToken load_added_token(const JsonObject& object) {
  constexpr std::size_t kLongest = 4096;
  AddedToken token;
  token.content = object.require_string("content");
  if (token.content.size() > kLongest) {
    object.fail("content", fmt::format("has {} bytes; at most {} are supported", token.content.size(), kLongest));
  }
  token.special = object.boolean("special").value_or(false);
  token.single_word = object.boolean("single_word").value_or(false);
  token.lstrip = object.boolean("lstrip").value_or(false);
  token.rstrip = object.boolean("rstrip").value_or(false);
  token.normalized = object.boolean("normalized").value_or(!token.special);
  return token;
}

}  // namespace hearth
