#include "cli/json_lines.h"

#include <fmt/format.h>

#include <cstddef>
#include <limits>
#include <optional>

#include "cli/input.h"
#include "cli/json_text.h"
#include "cli/output.h"
#include "cli/program.h"
#include "hearth/error.h"

namespace hearth::cli {
namespace {

std::string answer_line(const std::string& line, const std::string& name,
                        const std::function<std::string(const JsonObject&)>& answer) {
  const json::value value = parse_json(line, name);
  return answer(JsonObject(value, name));
}

}  // namespace

int answer_json_lines(const std::function<std::string(const JsonObject& line)>& answer) {
  Output& out = standard_output();
  LineInput input;
  bool all_good = true;
  for (std::size_t number = 1;; ++number) {
    const std::optional<std::string> line = input.next();
    if (!line) return all_good ? kDone : kFailed;
    std::string text;
    try {
      text = answer_line(*line, fmt::format("line {}", number), answer);
    } catch (const Error& error) {
      all_good = false;
      text = to_json_text(json::object{{"error", json_string(error.message())}});
    }
    out.raw(text + "\n");
    out.flush();
  }
}

std::vector<TokenId> require_ids(const JsonObject& line) {
  const json::array* array = line.array("ids");
  if (array == nullptr) line.fail("ids", "is missing");
  std::vector<TokenId> ids;
  ids.reserve(array->size());
  for (const json::value& value : *array) {
    json::error_code failure;
    const auto id = value.to_number<std::int64_t>(failure);
    if (failure || id < 0 || id > std::numeric_limits<TokenId>::max()) {
      line.fail("ids", fmt::format("holds {}, which is no token id", to_json_text(value).substr(0, 40)));
    }
    ids.push_back(static_cast<TokenId>(id));
  }
  return ids;
}

}  // namespace hearth::cli
