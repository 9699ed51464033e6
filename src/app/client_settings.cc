#include "app/client_settings.h"

#include <fmt/format.h>

#include <cstdlib>

#include "app/settings_file.h"

namespace rawhaul {
namespace {

namespace fs = std::filesystem;

std::string_view Variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string_view() : std::string_view(value);
}

Settings SettingsOf(ClientSettings& settings) {
  constexpr std::string_view kForm = "a string";
  return {{"server", TextSetting(settings.server, kForm)},
          {"app", TextSetting(settings.app, kForm)},
          {"tenant", TextSetting(settings.tenant, kForm)},
          {"client_id", TextSetting(settings.client_id, kForm)},
          {"ca_cert", TextSetting(settings.ca_cert, kForm)},
          {"client_secret", TextSetting(settings.client_secret, kForm)},
          {"collect_key", TextSetting(settings.collect_key, kForm)},
          {"container", TextSetting(settings.container, kForm)}};
}

bool HoldsSecret(const ClientSettings& settings) {
  return !settings.client_secret.empty() || !settings.collect_key.empty() || !settings.container.empty();
}

bool OthersCanRead(const fs::path& file) {
  std::error_code error;
  const fs::perms permissions = fs::status(file, error).permissions();
  return !error && (permissions & (fs::perms::group_read | fs::perms::others_read)) != fs::perms::none;
}

}  // namespace

fs::path DefaultClientSettingsFile() {
  const fs::path below = fs::path("rawhaul") / "client.toml";
  if (const auto config = Variable("XDG_CONFIG_HOME"); !config.empty()) return config / below;
  if (const auto home = Variable("HOME"); !home.empty()) return home / fs::path(".config") / below;
  return {};
}

Result<ClientSettings> LoadClientSettings(const fs::path& file) {
  ClientSettings settings;
  RAWHAUL_TRY(ReadSettings(file, SettingsOf(settings)));
  if (HoldsSecret(settings) && OthersCanRead(file)) {
    return Fail(ErrorCode::kPermissionDenied,
                fmt::format("{0} holds a secret, and others can read it: chmod 600 {0}", file.string()));
  }
  return settings;
}

}  // namespace rawhaul
