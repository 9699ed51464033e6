#include "app/number_ranges.h"

#include <fmt/format.h>

#include <algorithm>

namespace rawhaul {
namespace {

using std::chrono::milliseconds;

constexpr Timestamp kEpoch = Day(std::chrono::year(2020) / 1 / 1);
constexpr uint64_t kNumbersPerMillisecond = 512;
// Where the clock was once ahead, time says nothing new: a step that no server counts through.
constexpr uint64_t kStep = uint64_t{1} << 40;
constexpr uint32_t kAppStep = uint32_t{1} << 16;

Result<uint64_t> Within(uint64_t number, uint64_t limit) {
  if (number < limit) return number;
  return Fail(ErrorCode::kConflict,
              fmt::format("no numbers are left behind {}: the limit is {}", number, limit));
}

}  // namespace

Result<uint64_t> NextNumberRange(uint64_t greatest, Timestamp now) {
  const auto passed = static_cast<uint64_t>(std::max(now - kEpoch, milliseconds(0)).count());
  const uint64_t by_time = std::min(passed, kNumberLimit) * kNumbersPerMillisecond;
  return Within(by_time > greatest ? by_time : greatest + kStep, kNumberLimit);
}

Result<uint32_t> NextAppRange(uint32_t greatest, Timestamp now) {
  const auto passed =
      std::chrono::duration_cast<std::chrono::minutes>(std::max(now - kEpoch, milliseconds(0)));
  const auto by_time = static_cast<uint64_t>(passed.count());
  RAWHAUL_ASSIGN(const uint64_t next,
                 Within(by_time > greatest ? by_time : uint64_t{greatest} + kAppStep, UINT32_MAX));
  return static_cast<uint32_t>(next);
}

}  // namespace rawhaul
