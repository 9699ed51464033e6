#include "blob/limits.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.h"
#include "blob/container.h"

namespace rawhaul {
namespace {

constexpr size_t kMaxNameBytes = 1024;  // Azure's limit

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

Status CheckBlock(std::string_view blob, uint32_t index, size_t bytes) {
  RAWHAUL_TRY(CheckBlobName(blob));
  if (bytes == 0) return Fail(ErrorCode::kInvalidArgument, "a block has at least one byte");
  if (bytes > kMaxBlockBytes) {
    return Fail(ErrorCode::kTooLarge, fmt::format("a block has at most {} bytes", kMaxBlockBytes));
  }
  if (index >= kMaxBlocksPerBlob) {
    return Fail(ErrorCode::kTooLarge, fmt::format("a blob has at most {} blocks", kMaxBlocksPerBlob));
  }
  return {};
}

Status CheckCommit(std::string_view blob, uint32_t blocks) {
  RAWHAUL_TRY(CheckBlobName(blob));
  if (blocks > kMaxBlocksPerBlob) {
    return Fail(ErrorCode::kTooLarge, fmt::format("a blob has at most {} blocks", kMaxBlocksPerBlob));
  }
  return {};
}

}  // namespace rawhaul
