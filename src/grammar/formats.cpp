#include "grammar/formats.h"

#include <algorithm>
#include <array>
#include <mutex>

#include "grammar/format_makers.h"
#include "grammar/regex.h"

namespace hearth {

namespace {

struct Format {
  std::string_view name;
  DfaPointer (*make)();
};

constexpr std::array<Format, 19> kFormats = {{{"date", formats::date},
                                              {"date-time", formats::date_time},
                                              {"duration", formats::duration},
                                              {"email", formats::email},
                                              {"hostname", formats::hostname},
                                              {"idn-email", formats::idn_email},
                                              {"idn-hostname", formats::idn_hostname},
                                              {"ipv4", formats::ipv4},
                                              {"ipv6", formats::ipv6},
                                              {"iri", formats::iri},
                                              {"iri-reference", formats::iri_reference},
                                              {"json-pointer", formats::json_pointer},
                                              {"regex", formats::regex},
                                              {"relative-json-pointer", formats::relative_json_pointer},
                                              {"time", formats::time},
                                              {"uri", formats::uri},
                                              {"uri-reference", formats::uri_reference},
                                              {"uri-template", formats::uri_template},
                                              {"uuid", formats::uuid}}};

}  // namespace

namespace formats {

DfaPointer from_pattern(const std::string& pattern) { return compile_regex(pattern, RegexMatch::kWhole, "the format"); }

}  // namespace formats

DfaPointer format_texts(std::string_view format) {
  static std::array<std::once_flag, kFormats.size()> once;
  static std::array<DfaPointer, kFormats.size()> made;
  const auto* const found =
      std::find_if(kFormats.begin(), kFormats.end(), [format](const Format& known) { return known.name == format; });
  if (found == kFormats.end()) return nullptr;
  const auto index = static_cast<std::size_t>(found - kFormats.begin());
  std::call_once(once[index], [index] { made[index] = kFormats[index].make(); });
  return made[index];
}

std::vector<std::string_view> known_formats() {
  std::vector<std::string_view> names;
  names.reserve(kFormats.size());
  for (const auto& format : kFormats) names.push_back(format.name);
  return names;
}

}  // namespace hearth
