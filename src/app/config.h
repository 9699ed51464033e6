// The server's configuration: a TOML file, over which flags win. Keys and defaults: docs/operations.md.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"
#include "collect/collector.h"
#include "delivery/push_quota.h"
#include "exporter/runner.h"
#include "http/server.h"
#include "store/stores.h"

namespace rawhaul {

struct Config {
  http::ServerOptions http;
  CollectOptions collect;
  PushQuota push_quota;
  ExportOptions exports;
  EmbeddedStoreOptions store;
  std::vector<std::string> allowed_destinations;  // DestinationPolicy
  std::string destinations_ca_file;               // PEM; empty: the system's
  // Of the command line alone, since it is true for one start: the system's clock is right, whatever time the
  // last server had.
  bool accept_clock = false;
};

// kInvalidArgument names the file, the line and the key: one that is unknown or has the wrong type is an
// error.
Result<Config> LoadConfig(const std::filesystem::path& file);

// "ADDRESS:PORT", "[::1]:8080"; port 0 takes any free one.
Status ParseListen(const std::string& text, http::ServerOptions& options);

}  // namespace rawhaul
