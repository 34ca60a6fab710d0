#include "cli/convert_flags.h"

#include <fmt/format.h>

#include "cli/human.h"
#include "cli/interrupt.h"
#include "cli/json_text.h"
#include "cli/notice.h"
#include "cli/output.h"

namespace hearth::cli {
namespace {

std::string as_json_text(const std::string& destination, const std::string& type, const ConvertResult& result) {
  json::array dtypes;
  for (const ConvertedShare& share : result.dtypes) {
    dtypes.push_back(json::object{
        {"dtype", share.dtype}, {"tensors", share.tensors}, {"parameters", share.parameters}, {"bytes", share.bytes}});
  }
  json::array notes;
  for (const std::string& note : result.notes) notes.push_back(json_string(note));
  const json::object object = {{"path", json_string(destination)},
                               {"type", type},
                               {"source_bytes", result.source_bytes},
                               {"file_bytes", result.file_bytes},
                               {"seconds", result.seconds},
                               {"dtypes", dtypes},
                               {"notes", notes}};
  return to_json_text(object) + "\n";
}

std::string as_text(const std::string& destination, const ConvertResult& result) {
  std::string text = fmt::format("{}  {} (weights were {}), {:.1f} s\n", destination, human_bytes(result.file_bytes),
                                 human_bytes(result.source_bytes), result.seconds);
  for (const ConvertedShare& share : result.dtypes) {
    text += fmt::format("  {:<6} {:>5} tensors  {:>8} parameters  {:>10}\n", share.dtype, share.tensors,
                        human_count(share.parameters), human_bytes(share.bytes));
  }
  return text;
}

void show(const ConvertProgress& now) {
  if (now.tensor.empty()) return progress("");
  const double share = now.total == 0 ? 1.0 : static_cast<double>(now.done) / static_cast<double>(now.total);
  progress(fmt::format("{:>7}  {} of {}  {}", human_percent(share), human_bytes(now.done), human_bytes(now.total),
                       now.tensor));
}

}  // namespace

void ConvertFlags::add_to(CommandLine& line) {
  line.toggle("--force,-f", "Replace the destination where it exists", overwrite_);
  line.integer("--threads,-t", "N", "Threads (default: one per core)", threads_, 1, 4096);
  line.toggle("--json", "One JSON object: path, type, file_bytes, seconds, dtypes, notes", as_json_);
}

void ConvertFlags::run(const std::string& type, const std::string& destination, const Convert& convert) const {
  ConvertOptions options;
  options.type = type;
  options.threads = static_cast<int>(threads_.value_or(0));
  options.overwrite = overwrite_;
  options.requantize = requantize;
  options.progress = show;
  options.cancel = &InterruptScope::requested();
  const InterruptScope interrupt(SecondInterrupt::kIsKept);
  const ConvertResult result = convert(options);
  for (const std::string& note : result.notes) notice(note);
  if (as_json_) {
    standard_output().raw(as_json_text(destination, type, result));
  } else {
    standard_output().text(as_text(destination, result));
  }
}

std::string conversion_type_names() {
  std::string names;
  for (const ConversionType& type : conversion_types()) names += (names.empty() ? "" : ", ") + type.name;
  return names;
}

}  // namespace hearth::cli
