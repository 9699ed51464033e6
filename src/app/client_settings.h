// What the commands that talk to a server need to know besides their arguments: a TOML file,
// `~/.config/rawhaul/client.toml` unless another one is named. Keys: docs/command-line.md.
#pragma once

#include <filesystem>
#include <string>

#include "base/result.h"
#include "base/secret.h"

namespace rawhaul {

// Empty is what is not said.
struct ClientSettings {
  std::string server;
  std::string app;
  std::string tenant;
  std::string client_id;
  std::string ca_cert;  // PEM file
  Secret client_secret;
  Secret collect_key;
  Secret container;
};

// As the XDG base directory specification has it; empty when the environment has neither XDG_CONFIG_HOME nor
// HOME.
std::filesystem::path DefaultClientSettingsFile();

// kInvalidArgument names the file, the line and the key; kPermissionDenied when the file holds a secret and
// others than its owner can read it. No value is quoted.
Result<ClientSettings> LoadClientSettings(const std::filesystem::path& file);

}  // namespace rawhaul
