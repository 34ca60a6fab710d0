// Replacing one string by another everywhere in a text.
#pragma once

#include <string>
#include <string_view>

namespace hearth {

/// REQUIRES: `what` is not empty.
inline std::string replace_all(std::string_view text, std::string_view what, std::string_view with) {
  std::string out;
  std::size_t i = 0;
  for (std::size_t at = text.find(what); at != std::string_view::npos; at = text.find(what, i)) {
    out.append(text, i, at - i).append(with);
    i = at + what.size();
  }
  return out.append(text, i);
}

}  // namespace hearth
