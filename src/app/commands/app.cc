#include <fmt/format.h>

#include <boost/json.hpp>

#include "app/commands/commands.h"
#include "app/data_directory.h"
#include "base/time.h"
#include "identity/access.h"
#include "identity/registration.h"

namespace rawhaul {
namespace {

namespace json = boost::json;

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

}  // namespace

void AddApp(CLI::App& program, Action& action) {
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
  const std::string example =
      "rawhaul app create --data /var/lib/rawhaul --subscription my-subscription \\\n"
      "      --resource-group my-group --collection my-apps --name shop --platform android";
  SetExample(*app, example);
  SetExample(*command, example);
  OnCommand(*command, action, options, CreateAppCommand);
}

}  // namespace rawhaul
