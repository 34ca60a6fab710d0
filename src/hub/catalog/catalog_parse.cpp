// Catalog::parse: TOML into entries, each key with its own type, anything else refused by name.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <toml++/toml.h>

#include <algorithm>
#include <array>

#include "base/quote.h"
#include "hearth/error.h"
#include "hub/catalog/catalog.h"
#include "hub/catalog/quantization_label.h"
#include "hub/model_name.h"

namespace hearth {
namespace {

// Beyond what any model has, and small enough that no product of them overflows where sizes are computed.
constexpr std::int64_t kMostTokens = std::int64_t{1} << 31;
constexpr std::int64_t kLargestDimension = std::int64_t{1} << 20;

constexpr std::array<std::string_view, 4> kPurposes = {"chat", "code", "embed", "shell"};

class EntryReader {
 public:
  EntryReader(const toml::table& table, std::string_view file) : table_(table), file_(file) {}

  CatalogEntry read() {
    CatalogEntry entry;
    for (const auto& [key, node] : table_) read_key(entry, key, node);
    for (const auto& [key, value] :
         {std::pair{"name", &entry.name}, {"tag", &entry.tag}, {"repository", &entry.repository}}) {
      if (value->empty()) fail(table_, fmt::format("a model without {}", key));
    }
    check(entry);
    return entry;
  }

 private:
  [[noreturn]] void fail(const toml::node& node, const std::string& problem) const {
    throw Error(ErrorCode::kInvalidArgument, fmt::format("{} line {}: {}", file_, node.source().begin.line, problem),
                "docs/hub.md tells what stands in a catalog");
  }

  std::string text(std::string_view key, const toml::node& node) const {
    if (const auto* value = node.as_string()) return value->get();
    fail(node, fmt::format("{} must be text in quotes", key));
  }
  std::vector<std::string> texts(std::string_view key, const toml::node& node) const {
    const auto* array = node.as_array();
    if (array == nullptr) fail(node, fmt::format("{} must be a list: {} = [\"…\"]", key, key));
    std::vector<std::string> values;
    for (const toml::node& element : *array) values.push_back(text(key, element));
    return values;
  }
  std::int64_t count(std::string_view key, const toml::node& node, std::int64_t most = std::int64_t{1} << 50) const {
    const auto* value = node.as_integer();
    if (value == nullptr || value->get() < 0 || value->get() > most) {
      fail(node, fmt::format("{} must be a whole number from 0 to {}", key, most));
    }
    return value->get();
  }
  bool boolean(std::string_view key, const toml::node& node) const {
    if (const auto* value = node.as_boolean()) return value->get();
    fail(node, fmt::format("{} must be true or false", key));
  }

  void read_key(CatalogEntry& entry, const toml::key& toml_key, const toml::node& node) const {
    const std::string_view key = toml_key.str();
    const std::array text_keys = {std::pair{"name", &entry.name},
                                  std::pair{"tag", &entry.tag},
                                  std::pair{"title", &entry.title},
                                  std::pair{"note", &entry.note},
                                  std::pair{"repository", &entry.repository},
                                  std::pair{"revision", &entry.revision},
                                  std::pair{"file", &entry.file},
                                  std::pair{"dtype", &entry.dtype},
                                  std::pair{"original", &entry.original},
                                  std::pair{"architecture", &entry.architecture},
                                  std::pair{"license", &entry.license},
                                  std::pair{"terms", &entry.terms},
                                  std::pair{"accept", &entry.accept},
                                  std::pair{"template", &entry.chat_template}};
    const std::array count_keys = {std::pair{"context", &entry.context},    std::pair{"layers", &entry.n_layer},
                                   std::pair{"embedding", &entry.n_embd},   std::pair{"heads", &entry.n_head},
                                   std::pair{"heads_kv", &entry.n_head_kv}, std::pair{"head_dim", &entry.head_dim},
                                   std::pair{"feed_forward", &entry.n_ff},  std::pair{"vocabulary", &entry.n_vocab}};
    for (const auto& [name, target] : text_keys) {
      if (key == name) {
        *target = text(key, node);
        return;
      }
    }
    for (const auto& [name, target] : count_keys) {
      if (key == name) {
        *target = count(key, node, key == "context" || key == "vocabulary" ? kMostTokens : kLargestDimension);
        return;
      }
    }
    if (key == "parameters") {
      entry.parameters = static_cast<std::uint64_t>(count(key, node));
    } else if (key == "default") {
      entry.is_default = boolean(key, node);
    } else if (key == "commercial") {
      entry.commercial = boolean(key, node);
    } else if (key == "output_twice") {
      entry.has_output_twice = boolean(key, node);
    } else if (key == "sizes") {
      const auto* sizes = node.as_table();
      if (sizes == nullptr) fail(node, "sizes must be a table: sizes = { Q4_K_M = 491400032 }");
      for (const auto& [quantization, bytes] : *sizes) {
        entry.sizes[std::string(quantization.str())] = static_cast<std::uint64_t>(count("sizes", bytes));
      }
    } else if (key == "aliases") {
      entry.aliases = texts(key, node);
    } else if (key == "quantizations") {
      entry.quantizations = texts(key, node);
    } else if (key == "purposes") {
      entry.purposes = texts(key, node);
    } else if (key == "files") {
      const auto* files = node.as_table();
      if (files == nullptr) fail(node, "files must be a table: files = { Q4_K_M = \"…\" }");
      for (const auto& [quantization, file] : *files) entry.files[std::string(quantization.str())] = text(key, file);
    } else {
      fail(node, fmt::format("a model has no {}", quote(key)));
    }
  }

  void check(const CatalogEntry& entry) const {
    if (!is_plain_name(entry.name) || !is_plain_name(entry.tag)) {
      fail(table_, fmt::format("{} is no name: letters, digits, '.', '-' and '_'", quote(entry.full_name())));
    }
    if (!is_repository_name(entry.repository)) {
      fail(table_, fmt::format("repository {} must read owner/repo", quote(entry.repository)));
    }
    for (const std::string& quantization : entry.quantizations) {
      if (find_quantization_label(quantization) == nullptr) {
        fail(table_, fmt::format("there is no quantization {}", quote(quantization)));
      }
    }
    for (const std::string& purpose : entry.purposes) {
      if (std::find(kPurposes.begin(), kPurposes.end(), purpose) == kPurposes.end()) {
        fail(table_, fmt::format("there is no purpose {}; there are {}", quote(purpose), fmt::join(kPurposes, ", ")));
      }
    }
  }

  const toml::table& table_;
  std::string_view file_;
};

}  // namespace

Catalog Catalog::parse(std::string_view text, std::string_view name) {
  toml::table table;
  try {
    table = toml::parse(text, name);
  } catch (const toml::parse_error& failure) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("{} line {}: {}", name, failure.source().begin.line, failure.description()),
                "a model begins with a line [[model]]");
  }
  Catalog catalog;
  for (const auto& [key, node] : table) {
    const auto* models = node.as_array();
    if (key.str() != "model" || models == nullptr || !models->is_array_of_tables()) {
      throw Error(ErrorCode::kInvalidArgument,
                  fmt::format("{} line {}: a catalog holds [[model]] and nothing else", name, key.source().begin.line),
                  "docs/hub.md tells what stands in a catalog");
    }
    for (const toml::node& model : *models) catalog.entries_.push_back(EntryReader(*model.as_table(), name).read());
  }
  return catalog;
}

}  // namespace hearth
