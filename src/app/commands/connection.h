// What the commands that talk to a server have in common: where it is, and who asks. Each is said by a flag,
// an environment variable or the configuration file, and the first of these counts.
#pragma once

#include <memory>
#include <string>

#include "app/client_settings.h"
#include "app/commands/command.h"
#include "base/retry_timer.h"
#include "client/interrupt.h"
#include "client/rest_client.h"
#include "net/http_client.h"

namespace rawhaul {

// As flags and environment say it; secrets are wrapped as soon as they are used.
struct ConnectionOptions {
  std::string config;
  std::string server;
  std::string app;
  std::string tenant;
  std::string client_id;
  std::string client_secret;
  std::string collect_key;
  std::string container;
  std::string ca_cert;
  bool allow_plain_http = false;
};

// --server, --ca-cert, --allow-plain-http, --config.
void AddServerOptions(CLI::App& command, ConnectionOptions& options);
// Those, and what the REST API wants to know: --app, --tenant, --client-id, --client-secret.
void AddRestOptions(CLI::App& command, ConnectionOptions& options);
// --container; "-" is a line of standard input.
void AddContainerOption(CLI::App& command, ConnectionOptions& options);
void AddCollectKeyOption(CLI::App& command, ConnectionOptions& options);

// Where to look for what is not given by a flag, for the help of a command.
inline constexpr const char* kConnectionNotes =
    "What no flag says is taken from the environment (RAWHAUL_...), else from the configuration file.";

// The options, and what they leave open as the configuration file has it.
Result<ClientSettings> CompleteSettings(const ConnectionOptions& options);

// kInvalidArgument says how to give what is missing.
Result<std::string> RequiredServer(const ClientSettings& settings, const ConnectionOptions& options);
Result<Secret> RequiredContainer(const ClientSettings& settings);
Result<Secret> RequiredCollectKey(const ClientSettings& settings);

// What a command needs to talk to a server until Ctrl-C. Made before any thread.
struct Link {
  explicit Link(const std::string& ca_cert);

  client::InterruptWatch interrupt;
  std::unique_ptr<net::HttpClient> http;
  std::unique_ptr<RetryTimer> timer = MakeRetryTimer();
};

Result<client::RestClient> MakeRestClient(const ClientSettings& settings, const ConnectionOptions& options,
                                          Link& link);

}  // namespace rawhaul
