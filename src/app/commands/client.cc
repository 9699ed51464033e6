#include <fmt/format.h>

#include <boost/json.hpp>

#include "app/commands/commands.h"
#include "app/data_directory.h"
#include "base/time.h"
#include "identity/registration.h"

namespace rawhaul {
namespace {

namespace json = boost::json;

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

}  // namespace

void AddClient(CLI::App& program, Action& action) {
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
  const std::string example =
      "rawhaul client create --data /var/lib/rawhaul --tenant my-tenant --name exporter \\\n"
      "      --role contributor --scope /subscriptions/my-subscription";
  SetExample(*client, example);
  SetExample(*command, example);
  OnCommand(*command, action, options, CreateClientCommand);
}

}  // namespace rawhaul
