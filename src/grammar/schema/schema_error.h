// Errors of schemas, all in one form: what cannot be done, where it stands, why.
#pragma once

#include <fmt/format.h>

#include <string_view>

#include "base/quote.h"
#include "hearth/error.h"

namespace hearth {

/// A keyword that cannot be enforced exactly. `where` is a JSON pointer with its document ("#/properties/a").
inline Error refused(std::string_view keyword, std::string_view where, std::string_view why) {
  return {ErrorCode::kUnsupported,
          fmt::format("the schema's {} at {} cannot be enforced: {}", quote(keyword), where, why),
          "change the schema there, or allow it to be left out with the lenient option"};
}

/// A schema that is none.
inline Error wrong_schema(std::string_view keyword, std::string_view where, std::string_view why) {
  return {ErrorCode::kInvalidArgument, fmt::format("the schema's {} at {} {}", quote(keyword), where, why)};
}

}  // namespace hearth
