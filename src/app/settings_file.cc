#include "app/settings_file.h"

#include <fmt/format.h>

namespace rawhaul {
namespace {

tl::unexpected<Error> Bad(const std::filesystem::path& file, const toml::source_position& at,
                          std::string_view what) {
  return Fail(ErrorCode::kInvalidArgument, fmt::format("{}:{}: {}", file.string(), at.line, what));
}

Result<toml::table> Parse(const std::filesystem::path& file) try {
  return toml::parse_file(file.string());
} catch (const toml::parse_error& error) {
  return Bad(file, error.source().begin, error.description());
}

Status Apply(const std::filesystem::path& file, const toml::table& table, const std::string& prefix,
             const Settings& settings) {
  for (const auto& [key, node] : table) {
    const std::string name = prefix + std::string(key.str());
    if (const toml::table* section = node.as_table()) {
      RAWHAUL_TRY(Apply(file, *section, name + ".", settings));
      continue;
    }
    const auto setting = settings.find(name);
    if (setting == settings.end())
      return Bad(file, node.source().begin, fmt::format("there is no setting \"{}\"", name));
    if (!setting->second.set(node)) {
      return Bad(file, node.source().begin, fmt::format("\"{}\" must be {}", name, setting->second.form));
    }
  }
  return {};
}

}  // namespace

Status ReadSettings(const std::filesystem::path& file, const Settings& settings) {
  RAWHAUL_ASSIGN(const toml::table table, Parse(file));
  return Apply(file, table, "", settings);
}

}  // namespace rawhaul
