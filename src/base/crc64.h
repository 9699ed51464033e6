// CRC-64/NVME, the checksum by which Azure Blob Storage says what it received (x-ms-content-crc64; the same
// as StorageCrc64HashAlgorithm of its SDKs). Polynomial AD93D23594C93659, reflected, initial value and final
// XOR all ones; the check value of "123456789" is AE8B14860A799888.
#pragma once

#include <cstdint>

#include "base/byte_parts.h"

namespace rawhaul {

// Many gigabytes a second where the processor multiplies without carry (x86 since 2010), else about half of
// one.
uint64_t Crc64(const ByteParts& data);

}  // namespace rawhaul
