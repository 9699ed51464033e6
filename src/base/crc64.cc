#include "base/crc64.h"

#include <array>
#include <string_view>

#ifdef __x86_64__
#include <immintrin.h>
#endif

namespace rawhaul {
namespace {

// Reflected: the highest bit stands for x^0.
constexpr uint64_t kPolynomial = 0x9a6c9329ac4bc9b5;

constexpr uint64_t TimesX(uint64_t value) { return (value >> 1) ^ ((value & 1) != 0 ? kPolynomial : 0); }

constexpr auto kTable = [] {
  std::array<uint64_t, 256> table{};
  for (uint64_t byte = 0; byte < table.size(); ++byte) {
    table[byte] = byte;
    for (int bit = 0; bit < 8; ++bit) table[byte] = TimesX(table[byte]);
  }
  return table;
}();

uint64_t AddBytes(uint64_t crc, std::string_view data) {
  for (const char c : data) crc = kTable[(crc ^ static_cast<uint8_t>(c)) & 255] ^ (crc >> 8);
  return crc;
}

#ifdef __x86_64__
// Four lanes of 16 bytes. Multiplying a lane by a power of x moves it over the bytes behind it, where it is
// added (Gopal et al., "Fast CRC Computation for Generic Polynomials Using PCLMULQDQ Instruction", Intel
// 2009).
constexpr size_t kLane = 16;
constexpr size_t kStep = 4 * kLane;

constexpr uint64_t PowerOfX(int exponent) {
  uint64_t value = uint64_t{1} << 63;
  for (int i = 0; i < exponent; ++i) value = TimesX(value);
  return value;
}

#define RAWHAUL_CLMUL __attribute__((target("pclmul")))

// The factors that move a lane over `bits`. The product of two reflected words is one place too far, hence
// the 1.
template <int bits>
__m128i Factors() {
  constexpr uint64_t kFirst = PowerOfX(bits + 64 - 1);
  constexpr uint64_t kSecond = PowerOfX(bits - 1);
  return _mm_set_epi64x(static_cast<int64_t>(kSecond), static_cast<int64_t>(kFirst));
}

__m128i Load(const char* data) { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(data)); }

RAWHAUL_CLMUL __m128i MoveOver(__m128i lane, __m128i factors, __m128i next) {
  const __m128i first = _mm_clmulepi64_si128(lane, factors, 0x00);
  const __m128i second = _mm_clmulepi64_si128(lane, factors, 0x11);
  return _mm_xor_si128(_mm_xor_si128(first, second), next);
}

// REQUIRES data.size() >= kStep.
RAWHAUL_CLMUL uint64_t AddByLanes(uint64_t crc, std::string_view data) {
  const char* at = data.data();
  __m128i lanes[4] = {Load(at), Load(at + kLane), Load(at + 2 * kLane), Load(at + 3 * kLane)};
  lanes[0] = _mm_xor_si128(lanes[0], _mm_set_epi64x(0, static_cast<int64_t>(crc)));
  const char* const last = data.data() + data.size() - kStep;
  for (at += kStep; at <= last; at += kStep) {
    for (size_t i = 0; i < 4; ++i) lanes[i] = MoveOver(lanes[i], Factors<8 * kStep>(), Load(at + i * kLane));
  }
  __m128i sum = lanes[0];
  for (size_t i = 1; i < 4; ++i) sum = MoveOver(sum, Factors<8 * kLane>(), lanes[i]);
  char rest[kLane];
  _mm_storeu_si128(reinterpret_cast<__m128i*>(rest), sum);
  return AddBytes(AddBytes(0, {rest, kLane}), {at, data.data() + data.size()});
}

uint64_t Add(uint64_t crc, std::string_view data) {
  static const bool multiplies = __builtin_cpu_supports("pclmul");
  return multiplies && data.size() >= kStep ? AddByLanes(crc, data) : AddBytes(crc, data);
}
#else
uint64_t Add(uint64_t crc, std::string_view data) { return AddBytes(crc, data); }
#endif

}  // namespace

uint64_t Crc64(const ByteParts& data) {
  uint64_t crc = ~uint64_t{0};
  for (const std::string_view part : data) crc = Add(crc, part);
  return ~crc;
}

}  // namespace rawhaul
