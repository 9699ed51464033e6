#include "app/backup_manifest.h"

#include <fmt/format.h>

#include <boost/json.hpp>

#include "base/digest.h"
#include "base/encoding.h"

namespace rawhaul {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

constexpr int kVersion = 1;
// Of all else in the manifest, as it is serialized without spaces.
constexpr std::string_view kChecksum = "sha256";

std::string ChecksumOf(const json::object& manifest) { return HexEncode(Sha256(json::serialize(manifest))); }

json::object ToJson(const BackupManifest& manifest) {
  json::array files;
  for (const BackedUpFile& file : manifest.files) {
    files.push_back(json::object{
        {"path", file.path.string()}, {"bytes", file.digest.bytes}, {"sha256", file.digest.sha256}});
  }
  json::object out{
      {"version", kVersion}, {"created", FormatTimestamp(manifest.created)}, {"files", std::move(files)}};
  out[kChecksum] = ChecksumOf(out);
  return out;
}

// A path that leads out of the backup is none of ours.
bool IsInside(const fs::path& path) {
  return path.is_relative() && path.has_filename() && path == path.lexically_normal() &&
         *path.begin() != ".." && path != ".";
}

BackupManifest FromJson(const json::object& object) {
  BackupManifest manifest;
  manifest.created = ParseTimestamp(std::string_view(object.at("created").as_string())).value();
  for (const json::value& value : object.at("files").as_array()) {
    const json::object& file = value.as_object();
    manifest.files.push_back(
        {std::string_view(file.at("path").as_string()),
         {json::value_to<uint64_t>(file.at("bytes")), json::value_to<std::string>(file.at("sha256"))}});
    if (!IsInside(manifest.files.back().path)) throw std::invalid_argument("a path leads out of the backup");
  }
  return manifest;
}

Result<BackupManifest> Parse(const std::string& text) try {
  json::object object = json::parse(text).as_object();
  const auto checksum = json::value_to<std::string>(object.at(kChecksum));
  object.erase(kChecksum);
  if (checksum != ChecksumOf(object)) throw std::invalid_argument("its checksum is another one");
  if (object.at("version").as_int64() != kVersion) {
    return Fail(ErrorCode::kInvalidArgument, "it was made by a newer rawhaul: use that one");
  }
  return FromJson(object);
} catch (const std::exception& error) {
  return Fail(ErrorCode::kDataLoss, fmt::format("it is damaged: {}", error.what()));
}

}  // namespace

Result<BackupManifest> ReadBackupManifest(const fs::path& directory) {
  const fs::path file = directory / kBackupManifest;
  std::error_code error;
  if (!fs::exists(file, error)) {
    return Fail(ErrorCode::kNotFound,
                fmt::format("{} is no backup: it has no {}", directory.string(), kBackupManifest));
  }
  std::string text;
  RAWHAUL_TRY(ReadFileParts(file, [&text](std::string_view part) -> Status {
    text += part;
    return {};
  }));
  return Parse(text).map_error([&file](Error failure) {
    return Error{failure.code, fmt::format("the manifest {}: {}", file.string(), failure.message)};
  });
}

Status WriteBackupManifest(const fs::path& directory, const BackupManifest& manifest) {
  return WriteNewFile(directory / kBackupManifest, json::serialize(ToJson(manifest)) + "\n");
}

Status CheckBackedUpFile(const BackedUpFile& file, const FileDigest& found) {
  if (found == file.digest) return {};
  return Fail(
      ErrorCode::kDataLoss,
      fmt::format("{} of the backup is damaged: it has {} bytes with the SHA-256 {}, it was made with {} "
                  "bytes and {}",
                  file.path.string(), found.bytes, found.sha256, file.digest.bytes, file.digest.sha256));
}

}  // namespace rawhaul
