// A project's .env file: KEY=VALUE lines as other tools write them. Hearth only takes what begins with HEARTH_ and
// never puts anything into its own environment.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace hearth {

/// The nearest .env: in `folder`, or in a folder above it up to the root of the project (the one with .git). Where
/// there is no such root only `folder` itself is looked at.
std::optional<std::filesystem::path> find_env_file(const std::filesystem::path& folder);

/// The variables named HEARTH_…. Takes comments, `export`, single quotes (taken as they are), double quotes (a
/// backslash before n, t, ", $ or another backslash is an escape) and values without quotes (up to " #"). Lines of
/// other programs are passed over, whatever they hold. Errors: kInvalidArgument naming file and line where a HEARTH_
/// line has no end of its quotes or no '='.
std::map<std::string, std::string> parse_env_file(std::string_view text, std::string_view name);

}  // namespace hearth
