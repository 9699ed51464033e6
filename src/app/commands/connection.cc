#include "app/commands/connection.h"

#include <fmt/format.h>

#include <iostream>

#include "client/server_address.h"

namespace rawhaul {
namespace {

constexpr const char* kGroup = "Where and who";

template <typename Text>
Result<Text> Required(const Text& value, std::string_view what) {
  if (!value.empty()) return value;
  std::string flag = "--" + std::string(what);
  std::string variable = "RAWHAUL_" + std::string(what);
  std::string key(what);
  for (char& c : variable)
    c = c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  for (char& c : key) c = c == '-' ? '_' : c;
  return Fail(ErrorCode::kInvalidArgument,
              fmt::format("{} is missing; {} or the key {} of {} will do, too", flag, variable, key,
                          DefaultClientSettingsFile().string()));
}

// A secret on a command line is seen by every user of the machine; on standard input by none.
Result<Secret> ReadLine() {
  std::string line;
  if (!std::getline(std::cin, line) || line.empty()) {
    return Fail(ErrorCode::kInvalidArgument, "--container -: there is no line on standard input");
  }
  return Secret(std::move(line));
}

Result<ClientSettings> LoadFile(const ConnectionOptions& options) {
  if (!options.config.empty()) return LoadClientSettings(options.config);
  const auto usual = DefaultClientSettingsFile();
  std::error_code error;
  if (usual.empty() || !std::filesystem::exists(usual, error)) return ClientSettings();
  return LoadClientSettings(usual);
}

template <typename Text>
void Override(Text& setting, const std::string& option) {
  if (!option.empty()) setting = Text(option);
}

}  // namespace

void AddServerOptions(CLI::App& command, ConnectionOptions& options) {
  command.add_option("--server", options.server, "The server, https://HOST[:PORT]")
      ->type_name("URL")
      ->group(kGroup)
      ->envname("RAWHAUL_SERVER");
  command.add_option("--ca-cert", options.ca_cert, "Certificates to trust in place of the system's, PEM")
      ->type_name("FILE")
      ->group(kGroup)
      ->envname("RAWHAUL_CA_CERT");
  command
      .add_flag("--allow-plain-http", options.allow_plain_http,
                "Send secrets unencrypted to a server on another machine")
      ->group(kGroup);
  command
      .add_option("--config", options.config,
                  "Configuration, TOML; rawhaul/client.toml in $XDG_CONFIG_HOME or ~/.config by default")
      ->type_name("FILE")
      ->group(kGroup)
      ->envname("RAWHAUL_CONFIG");
}

void AddRestOptions(CLI::App& command, ConnectionOptions& options) {
  command
      .add_option("--app", options.app,
                  "SUBSCRIPTION/GROUP/COLLECTION/NAME, or the path that `app create` prints")
      ->type_name("APP")
      ->group(kGroup)
      ->envname("RAWHAUL_APP");
  AddServerOptions(command, options);
  command.add_option("--tenant", options.tenant, "Tenant of the client")
      ->type_name("NAME")
      ->group(kGroup)
      ->envname("RAWHAUL_TENANT");
  command.add_option("--client-id", options.client_id, "Client id")
      ->type_name("ID")
      ->group(kGroup)
      ->envname("RAWHAUL_CLIENT_ID");
  command
      .add_option("--client-secret", options.client_secret,
                  "Its secret; a flag is seen by all users of this machine")
      ->type_name("SECRET")
      ->group(kGroup)
      ->envname("RAWHAUL_CLIENT_SECRET");
}

void AddContainerOption(CLI::App& command, ConnectionOptions& options) {
  command
      .add_option(
          "--container", options.container,
          "URL of the container with its SAS, or -: a line of standard input; a flag is seen by all users "
          "of this machine")
      ->type_name("URL")
      ->envname("RAWHAUL_CONTAINER");
}

void AddCollectKeyOption(CLI::App& command, ConnectionOptions& options) {
  command
      .add_option("--collect-key", options.collect_key,
                  "Collect key of the app; a flag is seen by all users of this machine")
      ->type_name("KEY")
      ->group(kGroup)
      ->envname("RAWHAUL_COLLECT_KEY");
}

Result<ClientSettings> CompleteSettings(const ConnectionOptions& options) {
  RAWHAUL_ASSIGN(ClientSettings settings, LoadFile(options));
  Override(settings.server, options.server);
  Override(settings.app, options.app);
  Override(settings.tenant, options.tenant);
  Override(settings.client_id, options.client_id);
  Override(settings.ca_cert, options.ca_cert);
  Override(settings.client_secret, options.client_secret);
  Override(settings.collect_key, options.collect_key);
  Override(settings.container, options.container);
  return settings;
}

Result<std::string> RequiredServer(const ClientSettings& settings, const ConnectionOptions& options) {
  RAWHAUL_ASSIGN(const std::string server, Required(settings.server, "server"));
  return client::ParseServer(server, options.allow_plain_http);
}

Result<Secret> RequiredContainer(const ClientSettings& settings) {
  RAWHAUL_ASSIGN(Secret container, Required(settings.container, "container"));
  if (container.Reveal() == "-") return ReadLine();
  return container;
}

Result<Secret> RequiredCollectKey(const ClientSettings& settings) {
  return Required(settings.collect_key, "collect-key");
}

Link::Link(const std::string& ca_cert) : http(net::MakeHttpClient({.ca_file = ca_cert})) {}

Result<client::RestClient> MakeRestClient(const ClientSettings& settings, const ConnectionOptions& options,
                                          Link& link) {
  client::RestAccess access;
  RAWHAUL_ASSIGN(access.server, RequiredServer(settings, options));
  RAWHAUL_ASSIGN(const std::string app, Required(settings.app, "app"));
  RAWHAUL_ASSIGN(access.app, client::ParseApp(app));
  RAWHAUL_ASSIGN(access.tenant, Required(settings.tenant, "tenant"));
  RAWHAUL_ASSIGN(access.client_id, Required(settings.client_id, "client-id"));
  RAWHAUL_ASSIGN(access.client_secret, Required(settings.client_secret, "client-secret"));
  return client::RestClient(*link.http, *link.timer, link.interrupt.token(), std::move(access));
}

}  // namespace rawhaul
