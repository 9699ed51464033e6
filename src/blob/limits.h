// What every container asks of the blobs put into it, whatever it is made of.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/result.h"

namespace rawhaul {

// kInvalidArgument unless `name` is 1 to 1,024 bytes of UTF-8 without control characters, in segments between
// '/' of which none is empty, "." or "..". So a name never leads out of its container.
Status CheckBlobName(std::string_view name);
// kInvalidArgument for a bad name or an empty block, kTooLarge over the limits of container.h.
Status CheckBlock(std::string_view blob, uint32_t index, size_t bytes);
Status CheckCommit(std::string_view blob, uint32_t blocks);

}  // namespace rawhaul
