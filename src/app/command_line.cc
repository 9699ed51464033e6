#include "app/command_line.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <cstdio>
#include <functional>
#include <memory>
#include <string>

#include "app/backup.h"
#include "app/check.h"
#include "app/config.h"
#include "app/data_directory.h"
#include "app/serve.h"
#include "base/time.h"
#include "identity/access.h"
#include "identity/registration.h"

namespace rawhaul {
namespace {

namespace json = boost::json;

// What a parsed command does, and its exit status; set by the command's callback, run after parsing.
using Action = std::function<int()>;

void Print(const std::string& line) { fmt::print("{}\n", line); }

constexpr int kFailed = 1;

int ExitStatus(const Status& status, int failed = kFailed) {
  if (status) return 0;
  fmt::print(stderr, "rawhaul: {}\n", status.error().message);
  return failed;
}

void AddData(CLI::App& command, std::string& data) {
  command.add_option("--data", data, "Directory of the server's data")->required()->type_name("DIR");
}

Status InitCommand(const std::string& data) {
  RAWHAUL_TRY(DataDirectory(data).Init());
  Print("initialised " + data);
  return {};
}

void AddInit(CLI::App& program, Action& action) {
  CLI::App* command = program.add_subcommand("init", "Make the keys and an empty catalog; safe to repeat");
  const auto data = std::make_shared<std::string>();
  AddData(*command, *data);
  command->callback([data, &action] { action = [data] { return ExitStatus(InitCommand(*data)); }; });
}

struct AppOptions {
  std::string data;
  AppPath path;
  std::string platform;
  bool as_json = false;
};

Status CreateAppCommand(const AppOptions& options) {
  RAWHAUL_ASSIGN(const auto catalog, DataDirectory(options.data).OpenCatalog());
  RAWHAUL_ASSIGN(const NewApp made,
                 CreateApp(catalog->apps(), options.path, options.platform, SystemClock().Now()));
  if (options.as_json) {
    Print(json::serialize(json::object{
        {"id", made.app.id}, {"scope", ScopeOf(made.app.path)}, {"collectKey", made.collect_key.Reveal()}}));
    return {};
  }
  Print(fmt::format("app {} created\n\ncollect key (keep it, it is not shown again):\n  {}",
                    ScopeOf(made.app.path), made.collect_key.Reveal()));
  return {};
}

void AddAppCreate(CLI::App& program, Action& action) {
  CLI::App* app = program.add_subcommand("app", "Apps that may send data")->require_subcommand(1);
  CLI::App* command = app->add_subcommand("create", "Make an app and print its collect key, once");
  const auto options = std::make_shared<AppOptions>();
  AddData(*command, options->data);
  command->add_option("--subscription", options->path.subscription, "Subscription id")->required();
  command->add_option("--resource-group", options->path.resource_group, "Resource group")->required();
  command->add_option("--collection", options->path.collection, "App collection")->required();
  command->add_option("--name", options->path.name, "App name")->required();
  command->add_option("--platform", options->platform, "android, ios or windows")->required();
  command->add_flag("--json", options->as_json, "Print one JSON object");
  command->callback(
      [options, &action] { action = [options] { return ExitStatus(CreateAppCommand(*options)); }; });
}

struct ClientOptions {
  std::string data;
  std::string tenant;
  std::string name;
  std::string role;
  std::string scope;
  bool as_json = false;
};

Status CreateClientCommand(const ClientOptions& options) {
  const auto role = ParseRole(options.role);
  if (!role) return Fail(ErrorCode::kInvalidArgument, "--role must be owner, contributor or reader");
  RAWHAUL_ASSIGN(const auto catalog, DataDirectory(options.data).OpenCatalog());
  RAWHAUL_ASSIGN(const NewClient made, CreateClient(catalog->clients(), options.tenant, options.name, *role,
                                                    options.scope, SystemClock().Now()));
  if (options.as_json) {
    Print(json::serialize(json::object{{"tenant", made.client.tenant},
                                       {"clientId", made.client.id},
                                       {"clientSecret", made.secret.Reveal()}}));
    return {};
  }
  Print(
      fmt::format("client {} created, {} of {}\n\ntenant:        {}\nclient id:     {}\nclient secret: {}\n\n"
                  "Keep the secret, it is not shown again.",
                  made.client.name, ToString(made.client.role), made.client.scope, made.client.tenant,
                  made.client.id, made.secret.Reveal()));
  return {};
}

void AddClientCreate(CLI::App& program, Action& action) {
  CLI::App* client = program.add_subcommand("client", "Clients of the REST API")->require_subcommand(1);
  CLI::App* command = client->add_subcommand("create", "Make a client and print its secret, once");
  const auto options = std::make_shared<ClientOptions>();
  AddData(*command, options->data);
  command->add_option("--tenant", options->tenant, "Tenant, the first part of the token endpoint's path")
      ->required();
  command->add_option("--name", options->name, "A name for people")->required();
  command->add_option("--role", options->role, "owner, contributor or reader")->required();
  command->add_option("--scope", options->scope, "/subscriptions/S[/resourceGroups/G[/...]]")->required();
  command->add_flag("--json", options->as_json, "Print one JSON object");
  command->callback(
      [options, &action] { action = [options] { return ExitStatus(CreateClientCommand(*options)); }; });
}

struct ServeOptions {
  std::string data;
  std::string config;
  std::string listen;
  std::string tls_certificate;
  std::string tls_key;
};

Status ServeCommand(const ServeOptions& options) {
  Config config;
  if (!options.config.empty()) {
    RAWHAUL_ASSIGN(config, LoadConfig(options.config));
  }
  if (!options.listen.empty()) RAWHAUL_TRY(ParseListen(options.listen, config.http));
  if (!options.tls_certificate.empty()) config.http.tls = {options.tls_certificate, options.tls_key};
  return Serve(DataDirectory(options.data), config);
}

void AddServe(CLI::App& program, Action& action) {
  CLI::App* command = program.add_subcommand("serve", "Collect and export until stopped");
  const auto options = std::make_shared<ServeOptions>();
  AddData(*command, options->data);
  command->add_option("--config", options->config, "Configuration, TOML")->type_name("FILE");
  command->add_option("--listen", options->listen, "Address to listen on, 127.0.0.1:8080 by default")
      ->type_name("ADDR:PORT");
  CLI::Option* certificate =
      command->add_option("--tls-cert", options->tls_certificate, "Certificate chain, PEM")
          ->type_name("FILE");
  CLI::Option* key =
      command->add_option("--tls-key", options->tls_key, "Private key, PEM")->type_name("FILE");
  certificate->needs(key);
  key->needs(certificate);
  command->callback(
      [options, &action] { action = [options] { return ExitStatus(ServeCommand(*options)); }; });
}

// A backup holds the keys.
void HideNewFiles() { ::umask(077); }

struct CopyOptions {
  std::string data;
  std::string backup;
};

void PrintCopied(std::string_view what, const std::string& where, const BackupManifest& manifest) {
  uint64_t bytes = 0;
  for (const BackedUpFile& file : manifest.files) bytes += file.digest.bytes;
  Print(fmt::format("{} {}: {} files, {} bytes, as of {}", what, where, manifest.files.size(), bytes,
                    FormatTimestamp(manifest.created)));
}

Status BackupCommand(const CopyOptions& options) {
  HideNewFiles();
  RAWHAUL_ASSIGN(const auto manifest, BackUp(DataDirectory(options.data), options.backup, SystemClock()));
  PrintCopied("backed up to", options.backup, manifest);
  return {};
}

void AddBackup(CLI::App& program, Action& action) {
  CLI::App* command = program.add_subcommand("backup", "Copy all data, also while a server runs on them");
  const auto options = std::make_shared<CopyOptions>();
  AddData(*command, options->data);
  command->add_option("--to", options->backup, "Directory of the backup, new or empty")
      ->required()
      ->type_name("DIR");
  command->callback(
      [options, &action] { action = [options] { return ExitStatus(BackupCommand(*options)); }; });
}

Status RestoreCommand(const CopyOptions& options) {
  HideNewFiles();
  RAWHAUL_ASSIGN(const auto manifest, Restore(options.backup, options.data));
  PrintCopied("restored", options.data, manifest);
  return {};
}

void AddRestore(CLI::App& program, Action& action) {
  CLI::App* command =
      program.add_subcommand("restore", "Make a data directory of a backup, which stays as it is");
  const auto options = std::make_shared<CopyOptions>();
  command->add_option("--from", options->backup, "Directory of the backup")->required()->type_name("DIR");
  command->add_option("--data", options->data, "Directory of the server's data, new or empty")
      ->required()
      ->type_name("DIR");
  command->callback(
      [options, &action] { action = [options] { return ExitStatus(RestoreCommand(*options)); }; });
}

constexpr int kFindings = 1;
constexpr int kNotChecked = 2;

int CheckCommand(const std::string& data) {
  const auto findings = CheckData(DataDirectory(data));
  if (!findings) return ExitStatus(Fail(findings.error()), kNotChecked);
  for (const std::string& finding : *findings) Print(finding);
  if (findings->empty()) Print(data + " is as it was written");
  return findings->empty() ? 0 : kFindings;
}

void AddCheck(CLI::App& program, Action& action) {
  CLI::App* command =
      program
          .add_subcommand("check", "Read all data, or a backup, and print what is damaged; changes nothing")
          ->footer("Exit status: 0 all is well, 1 something is damaged, 2 it could not be checked.");
  const auto data = std::make_shared<std::string>();
  AddData(*command, *data);
  command->callback([data, &action] { action = [data] { return CheckCommand(*data); }; });
}

}  // namespace

int RunCommandLine(int argc, char** argv) {
  CLI::App program("Rawhaul collects what mobile apps report and exports it in bulk.", "rawhaul");
  program.require_subcommand(1);
  program.set_version_flag("--version", RAWHAUL_VERSION);
  Action action;
  AddInit(program, action);
  AddAppCreate(program, action);
  AddClientCreate(program, action);
  AddServe(program, action);
  AddBackup(program, action);
  AddRestore(program, action);
  AddCheck(program, action);
  try {
    program.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return program.exit(error);
  }
  return action();
}

}  // namespace rawhaul
