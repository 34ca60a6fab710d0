#include "server/api/ollama/model_facts.h"

#include <cmath>
#include <memory>
#include <utility>
#include <variant>

#include "base/unicode.h"
#include "format/gguf.h"

namespace hearth {
namespace {

json::value fact(const GgufValue& value, bool verbose);

json::value array_fact(const GgufArray& array, bool verbose) {
  if (!verbose) return nullptr;
  json::array items;
  if (array.type == GgufType::kString) {
    for (const std::string_view text : array.strings) items.emplace_back(replace_invalid_utf8(text));
  } else if (array.type == GgufType::kArray) {
    for (const GgufArray& inner : array.arrays) items.push_back(array_fact(inner, verbose));
  } else {
    const std::size_t size = gguf_type_bytes(array.type);
    for (std::uint64_t i = 0; i < array.count; ++i)
      items.push_back(fact(decode_gguf_number(array.type, array.raw.data() + i * size), verbose));
  }
  return items;
}

struct Fact {
  bool verbose;
  json::value operator()(std::uint64_t number) const { return number; }
  json::value operator()(std::int64_t number) const { return number; }
  json::value operator()(double number) const {
    return std::isfinite(number) ? json::value(number) : json::value(nullptr);  // JSON has no others
  }
  json::value operator()(bool truth) const { return truth; }
  json::value operator()(std::string_view text) const { return json::value(replace_invalid_utf8(text)); }
  json::value operator()(const GgufArray& array) const { return array_fact(array, verbose); }
};

json::value fact(const GgufValue& value, bool verbose) { return std::visit(Fact{verbose}, value.value); }

json::object known_facts(const ModelInfo& info) {
  const std::string& name = info.architecture;
  json::object facts;
  facts["general.architecture"] = name;
  if (!info.name.empty()) facts["general.name"] = info.name;
  const auto add = [&](const char* key, std::int64_t number) {
    if (number > 0) facts[name + key] = number;
  };
  add(".context_length", info.context_length);
  add(".embedding_length", info.n_embd);
  add(".block_count", info.n_layer);
  add(".feed_forward_length", info.n_ff);
  add(".attention.head_count", info.n_head);
  add(".attention.head_count_kv", info.n_head_kv);
  add(".attention.key_length", info.head_dim);
  add(".attention.sliding_window", info.sliding_window);
  add(".vocab_size", info.n_vocab);
  return facts;
}

}  // namespace

json::object model_facts(const ModelDescription& description, bool verbose) {
  json::object facts;
  if (description.model.format == "gguf") {
    const std::shared_ptr<const GgufFile> file = GgufFile::open(description.model.path);
    for (const auto& [key, value] : file->metadata()) {
      // The chat template has a field of its own, and so much of it nobody reads twice.
      if (key != "tokenizer.chat_template" || verbose) facts[replace_invalid_utf8(key)] = fact(value, verbose);
    }
  } else {
    facts = known_facts(description.report.info);
  }
  facts["general.parameter_count"] = description.report.info.parameters;
  return facts;
}

}  // namespace hearth
