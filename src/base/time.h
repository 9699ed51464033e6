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

// The first and the last instant that can be written.
inline constexpr Timestamp kFirstInstant = Day(std::chrono::year(1) / 1 / 1);
inline constexpr Timestamp kLastInstant =
    Day(std::chrono::year(9999) / 12 / 31) + std::chrono::milliseconds(86'399'999);

// Every form of ISO 8601 that says which instant is meant, RFC 3339 above all: a day of the calendar
// (2016-04-26), of the year (2016-117) or of the week (2016-W17-2), a time of day to the hour, minute or
// second with a fraction of it (digits past the millisecond are cut off), and `Z` or an offset (+02:00,
// +0200, +02); with or without the separators. A space may stand for the `T`, and case does not matter. 24:00
// is the end of the day, and a second 60 the first one of the next minute. nullopt without an offset and
// outside the years 0001 to 9999 in UTC.
std::optional<Timestamp> ParseInstant(std::string_view text);
// The same for the time of a record, a message or a task: nullopt before 1970, too.
std::optional<Timestamp> ParseTimestamp(std::string_view text);
// `2016-04-26T09:30:00.518Z`. Writes exactly kTimestampLength characters.
inline constexpr size_t kTimestampLength = 24;
void WriteTimestamp(Timestamp time, char* out);
std::string FormatTimestamp(Timestamp time);
// `20160426T093000Z`, for file names.
std::string FormatCompactTimestamp(Timestamp time);

// `yyyy-MM-dd`, a real calendar day of the years 0001 to 9999: a day of birth is data, and no record's time.
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
