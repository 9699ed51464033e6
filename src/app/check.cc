#include "app/check.h"

#include <fmt/format.h>

#include "app/backup_manifest.h"
#include "catalog/maintenance.h"
#include "identity/keys.h"
#include "store/stores.h"

namespace rawhaul {
namespace {

using Findings = std::vector<std::string>;

void Note(Findings& findings, const Status& status) {
  if (!status) findings.push_back(status.error().message);
}

// All that tasks rely on is in the store.
void CheckCutOffs(const CatalogCheck& catalog, const StoreCheck& store, Findings& findings) {
  for (const CatalogCheck::Task& task : catalog.tasks) {
    if (task.cut_off <= store.last_sequence) continue;
    findings.push_back(fmt::format(
        "the export task {} was made when the store had the sequence {}, but it ends with {}: records "
        "are missing",
        task.id, task.cut_off, store.last_sequence));
  }
}

void CheckContainerUrls(const CatalogCheck& catalog, const ServerKeys& keys, Findings& findings) {
  const SecretBox box(keys.box_key);
  for (const CatalogCheck::Task& task : catalog.tasks) {
    if (!task.sealed_url || !box.Open(*task.sealed_url).empty()) continue;
    findings.push_back(
        fmt::format("the container URL of the export task {} cannot be decrypted with the key", task.id));
  }
}

Status CheckOneFile(const DataDirectory& data, const BackedUpFile& file) {
  RAWHAUL_ASSIGN(const FileDigest found, DigestFile(data.root() / file.path));
  return CheckBackedUpFile(file, found);
}

void CheckBackup(const DataDirectory& data, Findings& findings) {
  const auto manifest = ReadBackupManifest(data.root());
  if (!manifest) return Note(findings, Fail(manifest.error()));
  for (const BackedUpFile& file : manifest->files) Note(findings, CheckOneFile(data, file));
}

}  // namespace

Result<std::vector<std::string>> CheckData(const DataDirectory& data) {
  std::error_code error;
  if (!std::filesystem::exists(data.keys(), error) && !std::filesystem::exists(data.catalog(), error)) {
    return Fail(ErrorCode::kNotFound,
                fmt::format("{} is no data directory and no backup", data.root().string()));
  }
  RAWHAUL_ASSIGN(const StoreCheck store, CheckEmbeddedStores(data.store()));
  Findings findings = store.findings;
  RAWHAUL_ASSIGN(const CatalogCheck catalog, CheckSqliteCatalog(data.catalog()));
  findings.insert(findings.end(), catalog.findings.begin(), catalog.findings.end());
  CheckCutOffs(catalog, store, findings);
  const auto keys = LoadServerKeys(data.keys());
  if (keys) CheckContainerUrls(catalog, *keys, findings);
  if (!keys) findings.push_back(keys.error().message);
  if (data.IsBackup()) CheckBackup(data, findings);
  return findings;
}

}  // namespace rawhaul
