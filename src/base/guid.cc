#include "base/guid.h"

#include <sodium.h>

#include <algorithm>
#include <cstring>

#include "base/digest.h"

namespace rawhaul {
namespace {

constexpr char kDigits[] = "0123456789abcdef";
// Changing it would rename every mapped device: 5b2a8f4e-9a0c-4d6e-8f3b-1c7d2e9a6b50.
constexpr Guid kNamespace{
    {0x5b, 0x2a, 0x8f, 0x4e, 0x9a, 0x0c, 0x4d, 0x6e, 0x8f, 0x3b, 0x1c, 0x7d, 0x2e, 0x9a, 0x6b, 0x50}};

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

void SetVersion(Guid& guid, int version) {
  guid.bytes[6] = static_cast<uint8_t>((guid.bytes[6] & 0x0f) | (version << 4));
  guid.bytes[8] = static_cast<uint8_t>((guid.bytes[8] & 0x3f) | 0x80);
}

std::optional<Guid> ParseDigits(std::string_view digits) {
  Guid guid;
  for (size_t i = 0; i < guid.bytes.size(); ++i) {
    const int high = HexValue(digits[2 * i]);
    const int low = HexValue(digits[2 * i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    guid.bytes[i] = static_cast<uint8_t>(high << 4 | low);
  }
  return guid;
}

}  // namespace

void Guid::WriteHex(char* out) const {
  for (const uint8_t byte : bytes) {
    *out++ = kDigits[byte >> 4];
    *out++ = kDigits[byte & 15];
  }
}

std::string Guid::ToHex() const {
  std::string hex(32, '0');
  WriteHex(hex.data());
  return hex;
}

std::optional<Guid> ParseGuid(std::string_view text) {
  if (text.size() == 32) return ParseDigits(text);
  if (text.size() != 36) return std::nullopt;
  std::string digits;
  digits.reserve(32);
  for (size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash != (text[i] == '-')) return std::nullopt;
    if (!dash) digits += text[i];
  }
  return ParseDigits(digits);
}

Guid GuidFromBytes(std::string_view bytes) {
  Guid guid;
  std::memcpy(guid.bytes.data(), bytes.data(), guid.bytes.size());
  return guid;
}

Guid NameBasedGuid(std::string_view name) {
  std::string input(kNamespace.AsBytes());
  input += name;
  Guid guid = GuidFromBytes(Sha1(input));
  SetVersion(guid, 5);
  return guid;
}

Guid RandomGuid() {
  Guid guid;
  randombytes_buf(guid.bytes.data(), guid.bytes.size());
  SetVersion(guid, 4);
  return guid;
}

}  // namespace rawhaul
