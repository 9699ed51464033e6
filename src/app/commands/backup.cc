#include "app/backup.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include "app/commands/commands.h"
#include "app/data_directory.h"
#include "base/time.h"

namespace rawhaul {
namespace {

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

Status RestoreCommand(const CopyOptions& options) {
  HideNewFiles();
  RAWHAUL_ASSIGN(const auto manifest, Restore(options.backup, options.data, SystemClock()));
  PrintCopied("restored", options.data, manifest);
  return {};
}

}  // namespace

void AddBackup(CLI::App& program, Action& action) {
  CLI::App* command = program.add_subcommand("backup", "Copy all data, also while a server runs on them");
  const auto options = std::make_shared<CopyOptions>();
  AddData(*command, options->data);
  command->add_option("--to", options->backup, "Directory of the backup, new or empty")
      ->required()
      ->type_name("DIR");
  SetExample(*command, "rawhaul backup --data /var/lib/rawhaul --to /backups/2026-11-22");
  OnCommand(*command, action, options, BackupCommand);
}

void AddRestore(CLI::App& program, Action& action) {
  CLI::App* command =
      program.add_subcommand("restore", "Make a data directory of a backup, which stays as it is");
  const auto options = std::make_shared<CopyOptions>();
  command->add_option("--from", options->backup, "Directory of the backup")->required()->type_name("DIR");
  command->add_option("--data", options->data, "Directory of the server's data, new or empty")
      ->required()
      ->type_name("DIR");
  SetExample(*command, "rawhaul restore --from /backups/2026-11-22 --data /var/lib/rawhaul");
  OnCommand(*command, action, options, RestoreCommand);
}

}  // namespace rawhaul
