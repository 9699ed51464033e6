#include "blob/limits.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/crc64.h"
#include "base/encoding.h"
#include "base/secret.h"

namespace rawhaul {
namespace {

constexpr size_t kMaxNameBytes = 1024;  // Azure's limit
constexpr size_t kRandomBytes = 8;      // of a block's id

bool IsControl(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

bool HasBadSegment(std::string_view name) {
  while (true) {
    const size_t end = name.find('/');
    const std::string_view segment = name.substr(0, end);
    if (segment.empty() || segment == "." || segment == "..") return true;
    if (end == std::string_view::npos) return false;
    name.remove_prefix(end + 1);
  }
}

tl::unexpected<Error> TooManyBlocks(const ContainerLimits& limits) {
  return Fail(ErrorCode::kTooLarge, fmt::format("a blob has at most {} blocks", limits.max_blocks));
}

}  // namespace

Status CheckBlobName(std::string_view name) {
  if (name.size() > kMaxNameBytes) {
    return Fail(ErrorCode::kInvalidArgument, fmt::format("a blob name has at most {} bytes", kMaxNameBytes));
  }
  if (!IsUtf8(name) || std::any_of(name.begin(), name.end(), IsControl)) {
    return Fail(ErrorCode::kInvalidArgument, "a blob name is UTF-8 text without control characters");
  }
  if (HasBadSegment(name)) {
    return Fail(ErrorCode::kInvalidArgument,
                "a blob name has no empty segment and none that is \".\" or \"..\"");
  }
  return {};
}

Status CheckBlock(std::string_view blob, uint32_t index, size_t bytes, const ContainerLimits& limits) {
  RAWHAUL_TRY(CheckBlobName(blob));
  if (bytes == 0) return Fail(ErrorCode::kInvalidArgument, "a block has at least one byte");
  if (bytes > limits.max_block_bytes) {
    return Fail(ErrorCode::kTooLarge, fmt::format("a block has at most {} bytes", limits.max_block_bytes));
  }
  if (index >= limits.max_blocks) return TooManyBlocks(limits);
  return {};
}

Status CheckCommit(const BlobCommit& commit, const ContainerLimits& limits) {
  RAWHAUL_TRY(CheckBlobName(commit.blob));
  if (commit.blocks.size() > limits.max_blocks) return TooManyBlocks(limits);
  return {};
}

// Ten bytes, as all ids of blocks that this program ever staged: Azure refuses a block whose id has another
// length than those of the blob, or those that are staged for it.
BlockReceipt NewReceipt(uint32_t index, const ByteParts& data) {
  std::string id = Base64UrlDecode(RandomToken(kRandomBytes)).value();
  id += static_cast<char>(index >> 8 & 0xff);
  id += static_cast<char>(index & 0xff);
  return {.id = Base64UrlEncode(id), .bytes = data.size(), .crc64 = Crc64(data)};
}

Error NameIsTaken(std::string_view name, std::string_view reason) {
  return {
      ErrorCode::kConflict,
      fmt::format("the storage has a blob \"{}\" already, which this export did not write, and nothing of "
                  "it was changed; remove it, or export to another container or path",
                  name),
      std::string(reason)};
}

}  // namespace rawhaul
