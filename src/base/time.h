// Instants and days. All are UTC; an instant has milliseconds, as the API and the exported files have.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rawhaul {

using Timestamp = std::chrono::sys_time<std::chrono::milliseconds>;
using Day = std::chrono::sys_days;

inline constexpr int64_t ToMillis(Timestamp time) { return time.time_since_epoch().count(); }
inline constexpr Timestamp FromMillis(int64_t millis) { return Timestamp(std::chrono::milliseconds(millis)); }

// From the first to the last, both included; by default all times.
struct TimeWindow {
  Timestamp first = Timestamp::min();
  Timestamp last = Timestamp::max();

  bool Contains(Timestamp time) const { return first <= time && time <= last; }
};

// RFC 3339 with or without a fraction (digits past the third are cut off), `Z` or a numeric offset; also
// accepts a space for the `T` and a missing offset is refused. nullopt outside the years 1970 to 9999.
std::optional<Timestamp> ParseTimestamp(std::string_view text);
// `2016-04-26T09:30:00.518Z`. Writes exactly kTimestampLength characters.
inline constexpr size_t kTimestampLength = 24;
void WriteTimestamp(Timestamp time, char* out);
std::string FormatTimestamp(Timestamp time);
// `20160426T093000Z`, for file names.
std::string FormatCompactTimestamp(Timestamp time);

// `yyyy-MM-dd`, a real calendar day of the years 1970 to 9999.
std::optional<Day> ParseDay(std::string_view text);
std::string FormatDay(Day day);

// Injected wherever the time matters, so that tests own it. Implementations are safe for use by any thread.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual Timestamp Now() const = 0;
};

class SystemClock final : public Clock {
 public:
  Timestamp Now() const override;
};

}  // namespace rawhaul
