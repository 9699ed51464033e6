// What a container gives for a block that it holds, and takes back to make a blob of it.
#pragma once

#include <cstdint>
#include <string>

namespace rawhaul {

struct BlockReceipt {
  // Of this one staging: no other block has it, whichever run or server staged that. Letters, digits, '-',
  // '_'.
  std::string id;
  uint64_t bytes = 0;
  uint64_t crc64 = 0;  // of the bytes (base/crc64.h)

  bool operator==(const BlockReceipt&) const = default;
};

}  // namespace rawhaul
