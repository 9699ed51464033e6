// rawhaul check: is everything in the store as it was written?
#include <fcntl.h>
#include <fmt/format.h>
#include <rocksdb/db.h>
#include <rocksdb/file_checksum.h>
#include <rocksdb/metadata.h>

#include <functional>

#include "base/encoding.h"
#include "base/files.h"
#include "model/device.h"
#include "model/feedback.h"
#include "model/record_batch.h"
#include "store/rocksdb/database.h"
#include "store/rocksdb/ingest.h"
#include "store/rocksdb/keys.h"
#include "store/rocksdb/scan.h"
#include "store/rocksdb/status.h"
#include "store/stores.h"

namespace rawhaul {
namespace {

namespace fs = std::filesystem;

// RocksDB locks this file while it has a database open, and reading needs no lock of our own.
Status CheckNotOpen(const fs::path& directory) {
  const FileDescriptor file(::open((directory / "LOCK").c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open()) return {};
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  if (::fcntl(file.get(), F_GETLK, &lock) != 0 || lock.l_type == F_UNLCK) return {};
  return Fail(ErrorCode::kUnavailable,
              fmt::format("process {} has {} open: stop the server, or check a backup", lock.l_pid,
                          directory.string()));
}

using Findings = std::vector<std::string>;

void Note(Findings& findings, const Status& status) {
  if (!status) findings.push_back(status.error().message);
}

Status Damaged(std::string_view what, std::string_view key, std::string_view how) {
  return Fail(ErrorCode::kDataLoss,
              fmt::format("the stored {} {} is damaged: {}", what, HexEncode(key), how));
}

Status CheckRecords(std::string_view key, std::string_view value, uint64_t last_sequence) {
  const auto parsed = keys::ParseRecordKey(key);
  if (!parsed) return Damaged("record", key, "its key");
  if (parsed->sequence > last_sequence)
    return Damaged("record", key, fmt::format("its sequence is past the last one, {}", last_sequence));
  auto reader = RecordBatchReader::Open(value);
  if (!reader) return Damaged("record", key, reader.error().message);
  if (reader->head().kind != parsed->kind)
    return Damaged("record", key, "it is of another kind than its key");
  RecordRow row;
  while (reader->Next(row)) {
  }
  return reader->status() ? Status() : Damaged("record", key, reader->status().error().message);
}

template <typename Stored>
Status CheckStored(std::string_view what, bool is_key, std::string_view key, std::string_view value) {
  if (!is_key) return Damaged(what, key, "its key");
  const auto decoded = Stored::Decode(value);
  return decoded ? Status() : Damaged(what, key, decoded.error().message);
}

Status CheckBatchId(std::string_view key, std::string_view value) {
  if (keys::ParseGuidKey(key) && keys::ParseNumber(value)) return {};
  return Damaged("batch id", key, "its key or its time");
}

Status CheckUser(std::string_view key, std::string_view value) {
  if (keys::ParseUserKey(key) && value.empty()) return {};
  return Damaged("user", key, "its key or its value");
}

// What it says is for the collect path to know.
Status CheckMemory(std::string_view key, std::string_view) {
  return keys::ParseGuidKey(key) ? Status() : Damaged("memory of a device", key, "its key");
}

using CheckEntry = std::function<Status(std::string_view key, std::string_view value)>;

// Of what is damaged, one finding a family is enough to tell that it is.
void CheckFamily(const RocksDatabase& database, Family family, const CheckEntry& check, Findings& findings) {
  Scan scan(database, family, "", std::string(64, '\xff'), nullptr);
  while (scan.Next()) {
    const Status status = check(scan.key(), scan.value());
    if (!status) return Note(findings, status);
  }
  Note(findings, scan.status());
}

// Of every table by itself, so that all that are damaged are named.
Status CheckTable(const rocksdb::LiveFileMetaData& table, rocksdb::FileChecksumGenFactory& checksums) {
  const auto sum = checksums.CreateFileChecksumGenerator({});
  if (table.file_checksum_func_name != sum->Name()) return {};  // made before tables had one
  const fs::path file = fs::path(table.directory) / table.relative_filename;
  RAWHAUL_TRY(ReadFileParts(file, [&](std::string_view part) -> Status {
    sum->Update(part.data(), part.size());
    return {};
  }));
  sum->Finalize();
  if (sum->GetChecksum() == table.file_checksum) return {};
  return Fail(ErrorCode::kDataLoss, fmt::format("{} is damaged: its checksum is another one", file.string()));
}

void CheckTables(const RocksDatabase& database, Findings& findings) {
  std::vector<rocksdb::LiveFileMetaData> tables;
  database.db().GetLiveFilesMetaData(&tables);
  const auto checksums = rocksdb::GetFileChecksumGenCrc32cFactory();
  for (const auto& table : tables) Note(findings, CheckTable(table, *checksums));
  Note(findings, ToStatus(database.db().VerifyChecksum(), "reading the store"));
}

void CheckEntries(const RocksDatabase& database, uint64_t last_sequence, Findings& findings) {
  const auto check = [&](Family family, const CheckEntry& entry) {
    CheckFamily(database, family, entry, findings);
  };
  check(Family::kRecords, [=](auto key, auto value) { return CheckRecords(key, value, last_sequence); });
  check(Family::kDevices, [](auto key, auto value) {
    return CheckStored<DevicePatch>("device", keys::ParseGuidKey(key).has_value(), key, value);
  });
  check(Family::kFeedback, [](auto key, auto value) {
    return CheckStored<Feedback>("feedback", keys::ParseFeedbackKey(key).has_value(), key, value);
  });
  check(Family::kDedupe, CheckBatchId);
  if (database.has(Family::kUsers)) check(Family::kUsers, CheckUser);
  if (database.has(Family::kMemory)) check(Family::kMemory, CheckMemory);
}

}  // namespace

Result<StoreCheck> CheckEmbeddedStores(const fs::path& directory) {
  StoreCheck outcome;
  std::error_code error;
  if (!fs::exists(directory, error)) return outcome;  // as before the first start of a server
  RAWHAUL_TRY(CheckNotOpen(directory));
  const SystemClock clock;
  const auto database = RocksDatabase::OpenToCheck(directory, clock);
  if (!database) {
    outcome.findings.push_back(database.error().message);
    return outcome;
  }
  const auto last_sequence = ReadLastSequence(**database);
  if (last_sequence) outcome.last_sequence = *last_sequence;
  if (!last_sequence) outcome.findings.push_back(last_sequence.error().message);
  CheckTables(**database, outcome.findings);
  CheckEntries(**database, outcome.last_sequence, outcome.findings);
  RAWHAUL_TRY(CheckNotOpen(directory));  // a server that came meanwhile has changed what was read
  return outcome;
}

}  // namespace rawhaul
