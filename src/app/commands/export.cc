#include <fmt/format.h>

#include "app/commands/commands.h"
#include "app/commands/task_commands.h"
#include "client/new_export.h"

namespace rawhaul {
namespace {

struct ExportCommandOptions {
  ConnectionOptions connection;
  client::NewExport wanted;
  std::string format = "json-lines";
  std::string compression = "none";
  TaskOutput output;
};

ExportFormat FormatOf(const std::string& name) {
  if (name == "json") return ExportFormat::kJsonBlob;
  return name == "csv" ? ExportFormat::kCsvBlob : ExportFormat::kJsonLinesBlob;
}

// What a Create of no answer leaves open.
Error WithDoubt(Error error) {
  if (error.code == ErrorCode::kUnavailable) {
    error.message += "; whether there is a new task is not known: rawhaul tasks list";
  }
  return error;
}

Result<int> Export(const ExportCommandOptions& options) {
  client::NewExport wanted = options.wanted;
  wanted.format = FormatOf(options.format);
  wanted.compression = *ParseCompression(options.compression);
  RAWHAUL_ASSIGN(const ClientSettings settings, CompleteSettings(options.connection));
  RAWHAUL_ASSIGN(const Secret container, RequiredContainer(settings));
  RAWHAUL_ASSIGN(const auto request, client::MakeCreateRequest(wanted, container));
  Link link(settings.ca_cert);
  RAWHAUL_ASSIGN(auto rest, MakeRestClient(settings, options.connection, link));
  RAWHAUL_TRY(rest.Authenticate());
  const auto created = rest.Create(request.segment, request.body);
  if (!created) return Fail(WithDoubt(created.error()));
  const uint64_t id = created->task.id;
  if (!options.output.json) Print(std::to_string(id));
  if (options.output.wait) return WaitAndTell(rest, id, options.output, link);
  if (options.output.json) Print(created->json);
  return 0;
}

int ExportCommand(const ExportCommandOptions& options) {
  const auto status = Export(options);
  return status ? *status : ExitStatus(Fail(status.error()));
}

std::vector<std::string> KindNames() {
  std::vector<std::string> names;
  for (const client::ExportKind& kind : client::ExportKinds()) names.emplace_back(kind.name);
  return names;
}

void AddSelectionOptions(CLI::App& command, client::NewExport& wanted) {
  command.add_option("TYPE", wanted.kind, "What to export")->required()->check(CLI::IsMember(KindNames()));
  command.add_option("--from", wanted.from, "First day, UTC; for feedback-by-date also a time")
      ->type_name("DAY");
  command.add_option("--to", wanted.to, "Last day, included")->type_name("DAY");
  command.add_option("--campaign-type", wanted.campaign_type, "For feedback: campaigns of this type")
      ->type_name("TYPE")
      ->check(CLI::IsMember({"announcement", "datapush", "nativepush", "poll"}, CLI::ignore_case));
  command
      .add_option("--campaign", wanted.campaigns,
                  "For feedback-by-campaign: a campaign's id; may be repeated")
      ->type_name("ID")
      ->allow_extra_args(false);
}

void AddFileOptions(CLI::App& command, ExportCommandOptions& options) {
  AddContainerOption(command, options.connection);
  command.add_option("--format", options.format, "Format of the files, json-lines by default")
      ->type_name("FORMAT")
      ->check(CLI::IsMember({"json-lines", "json", "csv"}));
  command.add_option("--compression", options.compression, "Compression of the files, none by default")
      ->type_name("COMPRESSION")
      ->check(CLI::IsMember({"none", "gzip", "zstd"}));
  command
      .add_option("--max-file-bytes", options.wanted.max_file_bytes,
                  "Split files before they pass this size, before compression; 1073741824 by default")
      ->type_name("BYTES");
  command.add_option("--description", options.wanted.description, "A description of the task")
      ->type_name("TEXT");
}

}  // namespace

void AddExport(CLI::App& program, Action& action) {
  CLI::App* command = program.add_subcommand("export", "Have a server export an app's data into a container");
  const auto options = std::make_shared<ExportCommandOptions>();
  AddSelectionOptions(*command, options->wanted);
  AddFileOptions(*command, *options);
  AddOutputOptions(*command, options->output);
  AddRestOptions(*command, options->connection);
  SetExample(*command,
             "rawhaul export events --from 2016-04-01 --to 2016-04-30 --format csv --wait \\\n"
             "      --server https://rawhaul.example:8443 --app my-subscription/my-group/my-apps/shop \\\n"
             "      --tenant my-tenant --client-id \"$CLIENT_ID\" --container - < container-url.txt",
             "Prints the task's id and, with --wait, its files. " + std::string(kConnectionNotes) + "\n\n" +
                 std::string(kWaitStatusNotes));
  OnCommand(*command, action, options, ExportCommand);
}

}  // namespace rawhaul
