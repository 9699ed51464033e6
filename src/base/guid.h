// 128-bit identifiers of devices, sessions, jobs, technicals and locations.
#pragma once

#include <array>
#include <bit>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rawhaul {

struct Guid {
  std::array<uint8_t, 16> bytes{};

  auto operator<=>(const Guid&) const = default;
  // Two words in place of a call of memcmp: the encoders compare ids of every row.
  bool operator==(const Guid& other) const {
    const auto a = std::bit_cast<Words>(bytes);
    const auto b = std::bit_cast<Words>(other.bytes);
    return ((a[0] ^ b[0]) | (a[1] ^ b[1])) == 0;
  }
  static Guid Max() {
    Guid guid;
    guid.bytes.fill(0xff);
    return guid;
  }
  bool IsZero() const { return *this == Guid{}; }

  // 32 lower-case hex digits, the form of every output.
  std::string ToHex() const;
  // Writes the 32 digits to `out`, without a terminator; for the encoders' inner loops.
  void WriteHex(char* out) const;
  std::string_view AsBytes() const { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

 private:
  using Words = std::array<uint64_t, 2>;
};

// Accepts 32 hex digits, or the dashed 8-4-4-4-12 form, in either case. nullopt for everything else.
std::optional<Guid> ParseGuid(std::string_view text);

// The GUID in 16 raw bytes. REQUIRES bytes.size() == 16.
Guid GuidFromBytes(std::string_view bytes);

// UUID version 5 (RFC 4122) of `name` in Rawhaul's one namespace: equal names have equal GUIDs, for ever.
Guid NameBasedGuid(std::string_view name);
// The same in another namespace.
Guid NameBasedGuid(const Guid& space, std::string_view name);

// UUID version 4.
Guid RandomGuid();

}  // namespace rawhaul
