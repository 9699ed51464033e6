// What every container asks of the blobs put into it, whatever it is made of.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/result.h"
#include "blob/container.h"

namespace rawhaul {

// kInvalidArgument unless `name` is 1 to 1,024 bytes of UTF-8 without control characters, in segments between
// '/' of which none is empty, "." or "..". So a name never leads out of its container.
Status CheckBlobName(std::string_view name);
// kInvalidArgument for a bad name or an empty block, kTooLarge over the limits.
Status CheckBlock(std::string_view blob, uint32_t index, size_t bytes, const ContainerLimits& limits);
Status CheckCommit(const BlobCommit& commit, const ContainerLimits& limits);

// Those of Azure's block blobs (Put Block, version 2019-12-12 and later). Directories have none of their own,
// and keep these, so that what fits into one container fits into the other.
inline constexpr ContainerLimits kBlockBlobLimits{.max_blocks = 50'000,
                                                  .max_block_bytes = uint64_t{4000} << 20};

// The receipt of a block that is about to be staged, with an id that no other one has.
BlockReceipt NewReceipt(uint32_t index, const ByteParts& data);

// Why a commit is refused when another's blob has the name. `name`: within the container. `reason`: the
// service's own code.
Error NameIsTaken(std::string_view name, std::string_view reason);

}  // namespace rawhaul
