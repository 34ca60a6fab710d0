#include "server/api/tools/client_tools.h"

#include <algorithm>
#include <array>

namespace hearth {
namespace {

constexpr std::size_t kDateDigits = 8;

constexpr std::array<ClientTool, 3> kClientTools = {{
    {"bash_", "Runs a command in a shell that stays open from call to call.", R"({
      "type": "object",
      "properties": {
        "command": {"type": "string", "description": "The command; needed unless the shell is restarted."},
        "restart": {"type": "boolean", "description": "true: starts the shell anew."}
      }
    })"},
    {"text_editor_", "Shows, creates and edits text files.", R"({
      "type": "object",
      "properties": {
        "command": {"enum": ["view", "create", "str_replace", "insert"]},
        "path": {"type": "string", "description": "Of the file, or of a folder to view."},
        "file_text": {"type": "string", "description": "create: the content of the file."},
        "old_str": {"type": "string", "description": "str_replace: the text to replace; it stands there once."},
        "new_str": {"type": "string", "description": "str_replace and insert: the new text."},
        "insert_line": {"type": "integer", "description": "insert: the line behind which the text comes; 0: first."},
        "insert_text": {"type": "string", "description": "insert: the text."},
        "view_range": {"type": "array", "items": {"type": "integer"}, "minItems": 2, "maxItems": 2,
                       "description": "view: the first and the last line; -1: to the end."}
      },
      "required": ["command", "path"]
    })"},
    {"memory_", "Keeps notes in files under /memories from one conversation to the next.", R"({
      "type": "object",
      "properties": {
        "command": {"enum": ["view", "create", "str_replace", "insert", "delete", "rename"]},
        "path": {"type": "string"},
        "file_text": {"type": "string", "description": "create: the content of the file."},
        "old_str": {"type": "string", "description": "str_replace: the text to replace."},
        "new_str": {"type": "string", "description": "str_replace: the new text."},
        "insert_line": {"type": "integer", "description": "insert: the line behind which the text comes."},
        "insert_text": {"type": "string", "description": "insert: the text."},
        "old_path": {"type": "string", "description": "rename: the path now."},
        "new_path": {"type": "string", "description": "rename: the new path."},
        "view_range": {"type": "array", "items": {"type": "integer"}, "minItems": 2, "maxItems": 2}
      },
      "required": ["command"]
    })"},
}};

}  // namespace

const ClientTool* find_client_tool(std::string_view type) {
  const auto is_it = [type](const ClientTool& tool) {
    if (!type.starts_with(tool.prefix)) return false;
    const std::string_view date = type.substr(tool.prefix.size());
    return date.size() == kDateDigits &&
           std::all_of(date.begin(), date.end(), [](char c) { return c >= '0' && c <= '9'; });
  };
  const auto* found = std::find_if(kClientTools.begin(), kClientTools.end(), is_it);
  return found == kClientTools.end() ? nullptr : found;
}

}  // namespace hearth
