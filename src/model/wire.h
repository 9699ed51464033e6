// The atoms of the storage format: bytes, varints, strings and GUIDs. docs/storage-format.md, "Atoms".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/guid.h"
#include "base/time.h"

namespace rawhaul::wire {

// Every stored time lies in the years 1970 to 9999.
inline constexpr int64_t kMaxMillis = 253402300799999;
// The nearest time that can be stored.
inline int64_t StorableMillis(Timestamp time) {
  const int64_t millis = ToMillis(time);
  return millis < 0 ? 0 : millis > kMaxMillis ? kMaxMillis : millis;
}

inline uint64_t ZigZag(int64_t value) {
  return (static_cast<uint64_t>(value) << 1) ^ static_cast<uint64_t>(value >> 63);
}
inline int64_t UnZigZag(uint64_t value) { return static_cast<int64_t>((value >> 1) ^ (~(value & 1) + 1)); }

inline void PutByte(uint8_t byte, std::string& out) { out += static_cast<char>(byte); }
inline void PutVarint(uint64_t value, std::string& out) {
  for (; value >= 0x80; value >>= 7) PutByte(static_cast<uint8_t>(value | 0x80), out);
  PutByte(static_cast<uint8_t>(value), out);
}
inline void PutSigned(int64_t value, std::string& out) { PutVarint(ZigZag(value), out); }
inline void PutString(std::string_view text, std::string& out) {
  PutVarint(text.size(), out);
  out += text;
}
inline void PutGuid(const Guid& guid, std::string& out) { out += guid.AsBytes(); }

// Takes atoms off the front of `data`, within bounds. The first atom that is not there makes ok() false for
// good, and every later call gives zero or nothing, so that a caller may read on and check once.
class Input {
 public:
  explicit Input(std::string_view data) : rest_(data) {}

  bool ok() const { return ok_; }
  std::string_view rest() const { return rest_; }

  uint8_t Byte() {
    if (rest_.empty()) return Refuse();
    const auto byte = static_cast<uint8_t>(rest_.front());
    rest_.remove_prefix(1);
    return byte;
  }
  uint64_t Varint() {
    if (!rest_.empty() && static_cast<uint8_t>(rest_.front()) < 0x80) return Byte();
    return LongVarint();
  }
  int64_t Signed() { return UnZigZag(Varint()); }
  // The milliseconds of a time that is stored as its difference to `base`, itself a time that can be stored.
  int64_t Time(int64_t base) {
    const int64_t difference = Signed();
    const bool is_storable = difference >= -base && difference <= kMaxMillis - base;
    return is_storable ? base + difference : Refuse();
  }
  std::string_view String() { return Bytes(Varint()); }
  rawhaul::Guid Guid() {
    const std::string_view bytes = Bytes(16);
    return bytes.size() == 16 ? GuidFromBytes(bytes) : rawhaul::Guid{};
  }

 private:
  uint8_t Refuse() {
    ok_ = false;
    rest_ = {};
    return 0;
  }
  uint64_t LongVarint() {
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const uint64_t byte = Byte();
      if (shift == 63 && byte > 1) break;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    return Refuse();
  }
  std::string_view Bytes(uint64_t count) {
    if (count > rest_.size()) {
      Refuse();
      return {};
    }
    const std::string_view bytes = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return bytes;
  }

  std::string_view rest_;
  bool ok_ = true;
};

}  // namespace rawhaul::wire
