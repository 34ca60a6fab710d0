#include "hub/catalog/catalog.h"

#include <algorithm>
#include <array>
#include <utility>

#include "hub/catalog/catalog_data.h"
#include "hub/catalog/quantization_label.h"

namespace hearth {
namespace {

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

std::string replace(std::string text, std::string_view what, std::string_view by) {
  if (const std::size_t at = text.find(what); at != std::string::npos) text.replace(at, what.size(), by);
  return text;
}

/// Words of a tag that say what every entry here is anyway.
constexpr std::array<std::string_view, 4> kIdleWords = {"-instruct", "-chat", "-it", "-text"};

}  // namespace

std::string CatalogEntry::file_of(std::string_view quantization) const {
  const QuantizationLabel* known = find_quantization_label(quantization);
  const std::string wanted(known == nullptr ? quantization : known->name);
  if (const auto named = files.find(wanted); named != files.end()) return named->second;
  if (file.empty()) return "";
  return replace(replace(file, "{QUANT}", wanted), "{quant}", lower(wanted));
}

const Catalog& Catalog::builtin() {
  static const Catalog catalog = Catalog::parse(builtin_catalog_text(), "the built-in catalog");
  return catalog;
}

void Catalog::merge(Catalog other) {
  for (CatalogEntry& entry : other.entries_) {
    const auto mine = std::find_if(entries_.begin(), entries_.end(), [&](const CatalogEntry& candidate) {
      return candidate.name == entry.name && candidate.tag == entry.tag;
    });
    if (mine != entries_.end()) {
      *mine = std::move(entry);
      continue;
    }
    if (entry.is_default) {
      for (CatalogEntry& sibling : entries_) {
        if (sibling.name == entry.name) sibling.is_default = false;
      }
    }
    entries_.push_back(std::move(entry));
  }
}

const CatalogEntry* Catalog::find_entry(std::string_view lower_name) const {
  const CatalogEntry* by_name = nullptr;
  const CatalogEntry* by_alias = nullptr;
  for (const CatalogEntry& entry : entries_) {
    if (lower(entry.full_name()) == lower_name) return &entry;
    const bool is_first = by_name == nullptr || (entry.is_default && !by_name->is_default);
    if ((lower(entry.name) == lower_name || lower(entry.name) + ":latest" == lower_name) && is_first) by_name = &entry;
    for (const std::string& alias : entry.aliases) {
      if (by_alias == nullptr && lower(alias) == lower_name) by_alias = &entry;
    }
  }
  return by_name != nullptr ? by_name : by_alias;
}

std::optional<CatalogMatch> Catalog::find(std::string_view name) const {
  std::string rest = lower(name);
  if (const CatalogEntry* entry = find_entry(rest)) return CatalogMatch{entry, ""};
  // A quantisation at the end, behind ':' or '-'; then words that mean nothing here.
  std::string quantization;
  const std::size_t mark = rest.find_last_of(":-");
  if (mark != std::string::npos) {
    if (const QuantizationLabel* known = find_quantization_label(rest.substr(mark + 1))) {
      quantization = known->name;
      rest.resize(mark);
    }
  }
  while (true) {
    if (const CatalogEntry* entry = find_entry(rest)) return CatalogMatch{entry, quantization};
    const auto* idle =
        std::find_if(kIdleWords.begin(), kIdleWords.end(), [&](std::string_view word) { return rest.ends_with(word); });
    if (idle == kIdleWords.end() || rest.size() <= idle->size()) return std::nullopt;
    rest.resize(rest.size() - idle->size());
  }
}

std::vector<std::string> Catalog::names() const {
  std::vector<std::string> names;
  for (const CatalogEntry& entry : entries_) {
    if (std::find(names.begin(), names.end(), entry.name) == names.end()) names.push_back(entry.name);
  }
  for (const CatalogEntry& entry : entries_) names.push_back(entry.full_name());
  return names;
}

}  // namespace hearth
