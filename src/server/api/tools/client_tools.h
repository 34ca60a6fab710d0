// Tools of Anthropic's API that clients run and know by a type alone ({"type": "bash_20250124", "name": "bash"}): the
// models there have learnt their arguments, so a request does not say them. Here they are said to the model.
#pragma once

#include <string_view>

namespace hearth {

struct ClientTool {
  std::string_view prefix;  ///< of its types; the date of a version follows
  std::string_view description;
  std::string_view schema;  ///< JSON: of the arguments, those of all versions
};

/// nullptr for what is none, or needs what a text model lacks (pictures of a screen).
const ClientTool* find_client_tool(std::string_view type);

}  // namespace hearth
