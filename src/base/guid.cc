#include "base/guid.h"

#include <sodium.h>

#include <cstring>

#include "base/digest.h"
#include "base/encoding.h"

namespace rawhaul {
namespace {

constexpr std::string_view kDigits = "0123456789abcdef";
constexpr auto kDigitPairs = [] {
  std::array<std::array<char, 2>, 256> pairs{};
  for (size_t byte = 0; byte < pairs.size(); ++byte) pairs[byte] = {kDigits[byte >> 4], kDigits[byte & 15]};
  return pairs;
}();
// Changing it would rename every mapped device: 5b2a8f4e-9a0c-4d6e-8f3b-1c7d2e9a6b50.
constexpr Guid kNamespace{
    {0x5b, 0x2a, 0x8f, 0x4e, 0x9a, 0x0c, 0x4d, 0x6e, 0x8f, 0x3b, 0x1c, 0x7d, 0x2e, 0x9a, 0x6b, 0x50}};

void SetVersion(Guid& guid, int version) {
  guid.bytes[6] = static_cast<uint8_t>((guid.bytes[6] & 0x0f) | (version << 4));
  guid.bytes[8] = static_cast<uint8_t>((guid.bytes[8] & 0x3f) | 0x80);
}

// Where the digits of each byte stand in a text of 32 digits, and in the dashed form of 36 characters.
constexpr std::array<size_t, 16> kPlainPlaces{0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30};
constexpr std::array<size_t, 16> kDashedPlaces{0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34};

std::optional<Guid> ParseDigits(std::string_view text, const std::array<size_t, 16>& places) {
  Guid guid;
  int bad = 0;
  for (size_t i = 0; i < places.size(); ++i) {
    const int byte = HexValue(text[places[i]]) << 4 | HexValue(text[places[i] + 1]);
    bad |= byte;
    guid.bytes[i] = static_cast<uint8_t>(byte);
  }
  return bad < 0 ? std::nullopt : std::optional(guid);
}

}  // namespace

void Guid::WriteHex(char* out) const {
  for (size_t i = 0; i < bytes.size(); ++i) std::memcpy(out + 2 * i, kDigitPairs[bytes[i]].data(), 2);
}

std::string Guid::ToHex() const {
  std::string hex(32, '0');
  WriteHex(hex.data());
  return hex;
}

std::optional<Guid> ParseGuid(std::string_view text) {
  if (text.size() == 32) return ParseDigits(text, kPlainPlaces);
  if (text.size() != 36) return std::nullopt;
  if (text[8] != '-' || text[13] != '-' || text[18] != '-' || text[23] != '-') return std::nullopt;
  return ParseDigits(text, kDashedPlaces);
}

Guid GuidFromBytes(std::string_view bytes) {
  Guid guid;
  std::memcpy(guid.bytes.data(), bytes.data(), guid.bytes.size());
  return guid;
}

Guid NameBasedGuid(std::string_view name) { return NameBasedGuid(kNamespace, name); }

Guid NameBasedGuid(const Guid& space, std::string_view name) {
  std::string input(space.AsBytes());
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
