// What a person types where a model is named, taken apart. It looks nothing up: neither files nor the catalog.
#pragma once

#include <string>
#include <string_view>

namespace hearth {

struct ModelName {
  enum Kind {
    kPlain,       ///< "qwen2.5:0.5b", "my-alias"
    kRepository,  ///< "owner/repo:Q4_K_M", "hf://owner/repo/file.gguf", an address on the hub
    kUrl          ///< "https://example.org/model.gguf"
  };
  Kind kind = kPlain;
  std::string text;          ///< of kPlain: as typed; of kUrl: the address
  std::string repository;    ///< of kRepository: "owner/repo"
  std::string revision;      ///< branch, tag or commit; empty: main
  std::string file;          ///< one file of it; may be empty
  std::string quantization;  ///< "Q4_K_M"; one that is not known here as typed; may be empty
};

/// Takes `text` apart. `endpoint` is the hub's address: addresses that begin with it, with https://huggingface.co or
/// https://hf.co name repositories. Errors: kInvalidArgument for what can name no model ("http://…", "../x"). A
/// quantisation that is not known here is kept as typed: the repository may have it.
ModelName parse_model_name(std::string_view text, std::string_view endpoint = "https://huggingface.co");

/// Whether `text` may be an owner/repo of the hub: two names of letters, digits, '.', '-' and '_', neither with ".." or
/// "--", none beginning or ending with '.' or '-'. Such a name is safe as a part of a path.
bool is_repository_name(std::string_view text);
/// One such name, with up to 96 characters.
bool is_plain_name(std::string_view text);
/// Whether `path` stays below the folder it is joined to: relative, with '/' between parts of which none is empty, "."
/// or "..", without backslash and control characters, at most 512 bytes. What a hub calls its files is untrusted.
bool is_safe_relative_path(std::string_view path);
/// 40 or 64 hexadecimal digits: a commit, or the name of a blob.
bool is_object_id(std::string_view text);

}  // namespace hearth
