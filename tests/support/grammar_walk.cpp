#include "support/grammar_walk.h"

#include <set>

namespace hearth::testing {
namespace {

constexpr std::string_view kPieces[] = {
    "\"",          "\"",      "\"",    ",",    ",",     ":",        ":",        "{",    "}",       "[",       "]",
    " ",           "\n",      "\t",    "\\",   "\\u",   "\\u0",     "00",       "61",   "\\ud83d", "\\ude00", "\\n",
    "\\\"",        "\xC3",    "\xA9",  "é",    "日",    "\xE6\x97", "\xF0\x9F", "😀",    "0",       "1",       "12",
    "-",           ".5",      "e+1",   "true", "false", "null",     "a",        "b",    "ab",      "c",       "abc",
    "x-",          "name",    "s",     "id",   "type",  "kind",     "value",    "k1",   "red",     "e",       "é",
    "日本",        "a b",     "\",\"", "\":",  "\":\"", "\":{",     "\":[",     "\"}",  "\"]",     "},{",     "],[",
    "\",\"a\":\"", "\":1,\"", "{\"",   "[\"",  "\": ",  ", ",       ",\n",      "\n  ", "}}",      "]}",      "{}",
    "[]",          "\"\"",    "city",  "2024", "-01",   "\\/",      "lue",      "gre"};

}  // namespace

std::vector<std::string> random_json_tokens(Random& random, std::size_t n) {
  std::vector<std::string> tokens;
  for (int byte = 0; byte < 256; ++byte) tokens.emplace_back(1, static_cast<char>(byte));
  for (std::size_t i = 0; i < n; ++i) {
    std::string token;
    for (std::size_t parts = 1 + random.below(4); parts > 0; --parts) token += random.pick(kPieces);
    tokens.push_back(std::move(token));
  }
  return tokens;
}

std::vector<TokenId> tokens_of(const TokenMask& mask) {
  std::vector<TokenId> tokens;
  for (std::size_t word = 0; word < mask.size(); ++word) {
    for (std::uint64_t bits = mask[word]; bits != 0; bits &= bits - 1)
      tokens.push_back(static_cast<TokenId>(word * 64 + static_cast<std::size_t>(__builtin_ctzll(bits))));
  }
  return tokens;
}

std::vector<std::string> names_in(std::string_view schema) {
  std::set<std::string> names, required;
  const auto add = [](std::set<std::string>& set, std::string_view name) {
    const std::string quoted = json::serialize(name);
    set.insert(quoted.substr(1, quoted.size() - 2));
  };
  const auto add_required = [&](const json::value& list) {
    if (!list.is_array()) return;
    for (const json::value& name : list.get_array()) {
      if (name.is_string()) add(required, name.get_string());
    }
  };
  const auto look = [&](const auto& self, const json::value& value) -> void {
    if (value.is_array()) {
      for (const json::value& part : value.get_array()) self(self, part);
    }
    if (!value.is_object()) return;
    for (const auto& member : value.get_object()) {
      if (member.key() == "properties" && member.value().is_object()) {
        for (const auto& property : member.value().get_object()) add(names, property.key());
      }
      if (member.key() == "required") add_required(member.value());
      if (member.key() == "dependentRequired" && member.value().is_object()) {
        for (const auto& names_of_one : member.value().get_object()) add_required(names_of_one.value());
      }
      self(self, member.value());
    }
  };
  look(look, json::parse(schema));
  std::vector<std::string> list(names.begin(), names.end());
  for (const std::string& name : required) list.insert(list.end(), 16, name);  // the same ones side by side
  return list;
}

TokenId Walker::begins_with(const TokenVocabulary& vocabulary, const TokenMask& mask, char byte) const {
  const auto& nodes = vocabulary.trie().nodes();
  for (std::uint32_t node = 1; node < vocabulary.trie().n_nodes(); node = nodes[node].end) {
    if (nodes[node].byte != static_cast<std::uint8_t>(byte)) continue;
    for (const TokenId id : vocabulary.trie().tokens_at(node)) {
      if (is_allowed(mask, id)) return id;
    }
  }
  return -1;
}

char Walker::next_of_a_name(const Matcher& matcher) {
  const std::string_view so_far = std::string_view(text_).substr(string_);
  if (so_far.empty()) {
    std::vector<std::string> possible;
    const std::string* last = nullptr;
    bool may = false;
    for (const std::string& name : names_) {
      if (last == nullptr || *last != name) {
        Matcher copy = matcher;
        may = copy.accept_text(name + '"');
        last = &name;
      }
      if (may) possible.push_back(name);
    }
    name_ = possible.empty() ? "" : random_->pick(possible);
  }
  return name_.starts_with(so_far) && name_.size() > so_far.size() ? name_[so_far.size()] : '"';
}

TokenId Walker::closing(Matcher& matcher, const std::vector<TokenId>& allowed) {
  // Now and then anything, so that no order of preferences can go in circles.
  if (random_->chance(0.01)) return any(allowed);
  constexpr std::string_view kInside = "\"", kOutside = "}],:ntf0123456789\"[{";
  const TokenMask& mask = matcher.allowed();
  if (in_string_ && is_key_) {
    const TokenId id = begins_with(matcher.vocabulary(), mask, next_of_a_name(matcher));
    if (id >= 0) return id;
  }
  for (const char wanted : in_string_ ? kInside : kOutside) {
    const TokenId id = begins_with(matcher.vocabulary(), mask, wanted);
    if (id >= 0) return id;
  }
  return any(allowed);
}

void Walker::took(std::string_view bytes) {
  for (const char byte : bytes) {
    text_ += byte;
    if (in_string_) {
      if (escaped_) {
        escaped_ = false;
      } else if (byte == '\\') {
        escaped_ = true;
      } else if (byte == '"') {
        in_string_ = false;
      }
      continue;
    }
    switch (byte) {
      case '"':
        in_string_ = true;
        is_key_ = key_is_next_;
        key_is_next_ = false;
        string_ = text_.size();
        break;
      case '{':
      case '[':
        open_ += byte;
        key_is_next_ = byte == '{';
        break;
      case '}':
      case ']':
        if (!open_.empty()) open_.pop_back();
        break;
      case ',': key_is_next_ = !open_.empty() && open_.back() == '{'; break;
      default: break;
    }
  }
}

}  // namespace hearth::testing
