// A request to make a model, read and checked; nothing is made here.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "runtime/manager/model_overlay.h"
#include "server/api/api_context.h"
#include "server/api/request_fields.h"

namespace hearth {

struct CreateCall {
  std::string model;
  std::string from;  ///< a model's name; empty: of files
  /// Names and the digits of their blobs.
  std::vector<std::pair<std::string, std::string>> files;
  std::string quantize;  ///< "Q4_K_M", one of conversion_types(); empty: as it is
  bool stream = true;
  ModelOverlay overlay;  ///< all but `name` and `from`

  bool has_overlay() const;
  /// It takes longer than a moment.
  bool works_on_files() const { return !files.empty() || !quantize.empty(); }
};

/// "from", "files", "system", "template", "parameters", "messages", "license", "quantize"; or all of it in a
/// "modelfile" as older clients send it, where fields of their own win. Errors: 400 naming the field, too for
/// "adapters".
CreateCall read_create_call(const RequestFields& fields, const ApiLimits& limits);

}  // namespace hearth
